//! Readers of foreign documents: text in, [`Deployment`](crate::policy::Deployment) out.
//!
//! Nobody else reads JSON that cmkit did not write. Readers note where everything stands, and judge nothing.

mod arm;
mod cursor;
mod expression;
mod function;
pub mod json;
mod resource;
mod scope;

pub use arm::read;
