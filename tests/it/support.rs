//! What the tests share: a folder of their own and the real binary.
