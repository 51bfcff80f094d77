//! `trailing_slash`: `/servers/` is `/servers`.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::map_request;

use super::Filter;

/// Makes the filter that takes slashes off the end of paths, all but the one of `/`.
pub fn filter() -> Filter {
    Filter::new(map_request(async |mut request: Request| {
        if let Some(uri) = without_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// The same resource without slashes at the end; `None` if there are none.
fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    if path == uri.path() {
        return None;
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_go_and_the_query_stays() {
        let cases = [
            ("/servers/", Some("/servers")),
            ("/servers//?limit=1", Some("/servers?limit=1")),
            ("//", Some("/")),
            ("/", None),
            ("/servers", None),
            ("/servers?next=/a/", None),
            ("*", None),
        ];
        for (given, expected) in cases {
            let changed = without_slash(&given.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(changed.as_deref(), expected, "{given}");
        }
    }
}
