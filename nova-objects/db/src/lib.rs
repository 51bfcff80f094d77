//! An open database engine for versioned objects, with Nova's schema and actions
