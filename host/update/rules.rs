//! What a well-formed update file may still get wrong.
