//! A program that does nothing: what it takes to start one at all.

fn main() {}
