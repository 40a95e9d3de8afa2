//! The query of a request: the version of the API, and the page of a list.

use super::problem::Problem;
use axum::extract;
use axum::http::Uri;
use serde::Deserialize;

/// The versions of the keys API that a client may name.
const VERSIONS: &[&str] = &["2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];
/// Entries on a page at most, and unless the client says otherwise.
const LARGEST_PAGE: usize = 25;

/// What a query says. Other parameters are none of ours.
#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(rename = "api-version")]
    api_version: Option<String>,
    #[serde(rename = "maxresults")]
    most: Option<usize>,
    #[serde(rename = "$skiptoken")]
    after: Option<String>,
}

/// What a query says, found to be sound.
#[derive(Debug)]
pub(super) struct Query {
    api_version: String,
    most: usize,
    after: Option<String>,
}

impl Query {
    /// # Errors
    /// 400 without a known `api-version`, and for a `maxresults` outside of 1 to 25.
    pub(super) fn parse(uri: &Uri) -> Result<Self, Problem> {
        let extract::Query(Parameters { api_version, most, after }) = extract::Query::try_from_uri(uri)
            .map_err(|_| Problem::bad_parameter("the query is not what an operation on keys takes"))?;
        let api_version = api_version.ok_or_else(|| Problem::bad_parameter("`api-version` must be specified"))?;
        if !VERSIONS.contains(&api_version.as_str()) {
            let message = format!("the `api-version` is none of {}", VERSIONS.join(", "));
            return Err(Problem::bad_parameter(message));
        }
        let most = most.unwrap_or(LARGEST_PAGE);
        if !(1..=LARGEST_PAGE).contains(&most) {
            return Err(Problem::bad_parameter("`maxresults` is a number from 1 to 25"));
        }
        Ok(Self { api_version, most, after })
    }

    /// One page of entries, each with what tells it from all others, in their order; and where the next page is.
    pub(super) fn page<T>(&self, place: &str, entries: Vec<(String, T)>) -> (Vec<T>, Option<String>) {
        // By the entry and not by a number: what comes or goes between two pages shifts nothing.
        let start = self
            .after
            .as_deref()
            .map_or(0, |after| entries.iter().position(|(id, _)| id == after).map_or(entries.len(), |found| found + 1));
        let last = start.saturating_add(self.most);
        let more = entries.len() > last;
        let page: Vec<(String, T)> = entries.into_iter().skip(start).take(self.most).collect();
        let next = page.last().filter(|_| more).map(|(id, _)| {
            let Self { api_version, most, .. } = self;
            format!("{place}?api-version={api_version}&maxresults={most}&$skiptoken={id}")
        });
        (page.into_iter().map(|(_, entry)| entry).collect(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Query, Problem> {
        Query::parse(&format!("https://h/keys?{query}").parse().expect("an address"))
    }

    #[test]
    fn a_version_of_the_api_is_due() {
        for query in ["api-version=7.4", "a&b=c&api-version=2025-07-01", "api%2Dversion=7.4"] {
            assert!(parse(query).is_ok(), "{query}");
        }
        for query in
            ["", "api-version=", "api-version=6.0", "api-version=7.4&maxresults=0", "api-version=7.4&maxresults=26"]
        {
            assert!(parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let entries = || (0..5).map(|number| (format!("e{number}"), number)).collect::<Vec<_>>();
        let (mut query, mut seen) = ("api-version=7.4&maxresults=2".to_owned(), Vec::new());
        loop {
            let (page, next) = parse(&query).expect("a query").page("https://h/keys", entries());
            assert!((1..=2).contains(&page.len()));
            seen.extend(page);
            let Some(next) = next else { break };
            query = next.strip_prefix("https://h/keys?").expect("the same place").to_owned();
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }
}
