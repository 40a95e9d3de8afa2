//! Writers of reports and pages.

mod explanation;
mod rule_page;

pub use explanation::explanation;
pub use rule_page::{Sample, Samples, rule_list, rule_page};
