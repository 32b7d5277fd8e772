// A Bell state in pulses: every gate of this program is defined in it.
//
//   feedline run examples/openpulse_bell.qasm --backend pulse
//
// The device is the pulse-level reference device: two transmons at 5.2 and 4.6 GHz with a tunable coupler.
OPENQASM 3.0;
defcalgrammar "openpulse";

const duration quarter = 32ns;           // a quarter turn about x
const duration sigma = 6ns;
const duration readout = 400ns;

cal {
  port q0_drive;
  port q1_drive;
  port q0_q1_coupler;
  port q0_readout;
  port q1_readout;
  frame q0 = newframe(q0_drive, 5.2e9, 0.0);
  frame q1 = newframe(q1_drive, 4.6e9, 0.0);
  frame coupler = newframe(q0_q1_coupler, 300.0525e6, 0.0);
  frame q0_ring = newframe(q0_readout, 7.0e9, 0.0);
  frame q0_listen = newframe(q0_readout, 7.0e9, 0.0);
  frame q1_ring = newframe(q1_readout, 7.1e9, 0.0);
  frame q1_listen = newframe(q1_readout, 7.1e9, 0.0);
  waveform kernel = constant(1.0, readout);
}

// The fourth argument of drag keeps the pulse out of the third level.
defcal sx $0 { play(q0, drag(0.335069, quarter, sigma, -0.276e-9)); }
defcal sx $1 { play(q1, drag(0.372295, quarter, sigma, -0.267e-9)); }

// Turns about z cost nothing: the frame's phase moves, and all later pulses with it.
defcal rz(angle theta) $0 { shift_phase(q0, theta); }
defcal rz(angle theta) $1 { shift_phase(q1, theta); }

// The coupler takes |11> to |20> and back, which leaves a minus sign.
defcal cz $0, $1 {
  barrier q0, q1, coupler;
  play(coupler, cosine(0.92072, 128ns));
  barrier q0, q1, coupler;
  shift_phase(q0, 0.030683);
  shift_phase(q1, -0.030683);
}

defcal measure $0 -> bit {
  barrier q0_ring, q0_listen;
  play(q0_ring, constant(0.4, readout));
  return capture_v2(q0_listen, kernel);
}
defcal measure $1 -> bit {
  barrier q1_ring, q1_listen;
  play(q1_ring, constant(0.4, readout));
  return capture_v2(q1_listen, kernel);
}

gate h q { rz(pi/2) q; sx q; rz(pi/2) q; }

bit[2] c;

h $0;
h $1;
cz $0, $1;
h $1;
c[0] = measure $0;
c[1] = measure $1;
