//! The edge from outside: real sockets, hostile and slow; and the description of the API against its own rules.

mod description;
mod node;
mod sockets;
