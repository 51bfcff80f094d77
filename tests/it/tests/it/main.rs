//! Tests of the workspace as a whole: what may depend on what, and the rules every file keeps.

mod architecture;
mod hygiene;
mod workspace;
