// SPDX-License-Identifier: Apache-2.0
// A Bell pair in OpenQASM 2:  feedline run examples/bell2.qasm
OPENQASM 2.0;
include "qelib1.inc";

qreg q[2];
creg c[2];

h q[0];
cx q[0], q[1];
measure q -> c;
