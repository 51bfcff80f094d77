//! Nova's objects and fault classes under Nova's names, versions and fields
