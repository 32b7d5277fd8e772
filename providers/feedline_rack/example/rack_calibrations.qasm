// Gates of examples/rack.toml in pulses: two transmons at 5.2 and 4.6 GHz with a tunable coupler, read out at
// 7.0 and 7.1 GHz on one line.
//
//   feedline calibrations put examples/rack_calibrations.qasm --tag rack
OPENQASM 3.0;
defcalgrammar "openpulse";

const duration pulse_time = 32ns;
const duration sigma = 6ns;
const duration flux = 64ns;
const duration readout_time = 500ns;

cal {
  port q0_drive;
  port q1_drive;
  port q0_q1_coupler;
  port readout;
  frame q0 = newframe(q0_drive, 5.2e9, 0.0);
  frame q1 = newframe(q1_drive, 4.6e9, 0.0);
  frame coupler = newframe(q0_q1_coupler, 0.0, 0.0);
  frame q0_ring = newframe(readout, 7.0e9, 0.0);
  frame q0_listen = newframe(readout, 7.0e9, 0.0);
  frame q1_ring = newframe(readout, 7.1e9, 0.0);
  frame q1_listen = newframe(readout, 7.1e9, 0.0);
  waveform kernel = constant(1.0, readout_time);
}

// The fourth argument of drag keeps the pulse out of the third level.
defcal sx $0 { play(q0, drag(0.335069, pulse_time, sigma, -0.276e-9)); }
defcal sx $1 { play(q1, drag(0.372295, pulse_time, sigma, -0.267e-9)); }
defcal x $0 { play(q0, drag(0.670595, pulse_time, sigma, -0.274e-9)); }
defcal x $1 { play(q1, drag(0.745062, pulse_time, sigma, -0.265e-9)); }
defcal id $0 { delay[pulse_time] q0; }
defcal id $1 { delay[pulse_time] q1; }

// Turns about z cost nothing: the frame's phase moves, and all later pulses with it.
defcal rz(angle theta) $0 { shift_phase(q0, theta); }
defcal rz(angle theta) $1 { shift_phase(q1, theta); }

// A flux pulse brings |11> to |02> and back, which leaves a minus sign; the qubits' own phases are taken back.
defcal cz $0, $1 {
  barrier q0, q1, coupler;
  play(coupler, cosine(0.42, flux));
  barrier q0, q1, coupler;
  shift_phase(q0, 0.713);
  shift_phase(q1, -1.284);
}
defcal cz $1, $0 {
  barrier q0, q1, coupler;
  play(coupler, cosine(0.42, flux));
  barrier q0, q1, coupler;
  shift_phase(q0, 0.713);
  shift_phase(q1, -1.284);
}

// Both qubits share the readout line: two tones at once, told apart by their frequency.
defcal measure $0 -> bit {
  barrier q0_ring, q0_listen;
  play(q0_ring, constant(0.35, readout_time));
  return capture_v2(q0_listen, kernel);
}
defcal measure $1 -> bit {
  barrier q1_ring, q1_listen;
  play(q1_ring, constant(0.35, readout_time));
  return capture_v2(q1_listen, kernel);
}
