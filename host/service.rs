//! Restarts the SSO service and waits until it is ready.
