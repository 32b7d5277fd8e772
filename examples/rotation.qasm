// SPDX-License-Identifier: Apache-2.0
// One parameter to sweep:  feedline run examples/rotation.qasm -p "theta=0:2*pi:41" -o Z --plot rotation.png
OPENQASM 3.0;
include "stdgates.inc";

input float[64] theta;
qubit[1] q;

rx(theta) q[0];
