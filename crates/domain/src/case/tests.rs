//! What the loop promises: every legal move, every refusal, and replay.


