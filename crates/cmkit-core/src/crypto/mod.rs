//! The cryptography under the envelope. Private: the envelope is the API.
