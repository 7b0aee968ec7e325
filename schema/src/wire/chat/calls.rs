//! Requests for tools, assembled from their fragments.

use super::answer::CallFragment;

/// Requests of one answer that are kept; further ones are left out.
const CALLS_MAX: usize = 16;
/// Bytes of the arguments of one request that are kept.
const ARGUMENTS_BYTES_MAX: usize = 64 * 1024;
/// Bytes of an id, and of a name, that are kept.
const NAME_BYTES_MAX: usize = 256;

/// A request for a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolRequest {
    /// The server's id of the request.
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// Its arguments, as the model wrote them.
    pub arguments: String,
}

/// The requests of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    calls: Vec<(Option<u64>, ToolRequest)>,
}

impl Calls {
    /// Adds a fragment. A fragment without an index begins a request if it has a name, and otherwise continues the last one.
    pub fn push(&mut self, fragment: CallFragment) {
        let CallFragment { index, id, name, arguments } = fragment;
        let known = match index {
            Some(index) => self.calls.iter().position(|(known, _)| *known == Some(index)),
            None if name.is_some() => None,
            None => self.calls.len().checked_sub(1),
        };
        let at = match known {
            Some(at) => at,
            None if self.calls.len() == CALLS_MAX => return,
            None => {
                self.calls.push((index, ToolRequest::default()));
                self.calls.len() - 1
            }
        };
        let (_, call) = &mut self.calls[at];
        let short = |text: &String| text.len() <= NAME_BYTES_MAX;
        if call.id.is_empty() {
            call.id = id.filter(short).unwrap_or_default();
        }
        if call.name.is_empty() {
            call.name = name.filter(short).unwrap_or_default();
        }
        if call.arguments.len() + arguments.len() <= ARGUMENTS_BYTES_MAX {
            call.arguments.push_str(&arguments);
        }
    }

    /// Returns the requests that have a name, in their order. One without an id, or with that of another request, gets a new id.
    pub fn take(&mut self, mut new_id: impl FnMut() -> String) -> Vec<ToolRequest> {
        let mut taken: Vec<ToolRequest> = Vec::new();
        for (_, mut call) in std::mem::take(&mut self.calls) {
            if call.name.is_empty() {
                continue;
            }
            if call.id.is_empty() || taken.iter().any(|other| other.id == call.id) {
                call.id = new_id();
            }
            taken.push(call);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(index: Option<u64>, id: &str, name: &str, arguments: &str) -> CallFragment {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        CallFragment { index, id: some(id), name: some(name), arguments: arguments.to_owned() }
    }

    fn taken(fragments: Vec<CallFragment>) -> Vec<(String, String, String)> {
        let mut calls = Calls::default();
        fragments.into_iter().for_each(|fragment| calls.push(fragment));
        let mut numbers = 0;
        let new_id = || {
            numbers += 1;
            format!("own_{numbers}")
        };
        calls.take(new_id).into_iter().map(|call| (call.id, call.name, call.arguments)).collect()
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn fragments_of_two_requests_that_cross_are_put_together() {
        let fragments = vec![
            fragment(Some(0), "a", "one", ""),
            fragment(Some(1), "b", "two", "{\"x\":"),
            fragment(Some(0), "", "", "{}"),
            fragment(Some(1), "", "", "1}"),
        ];
        assert_eq!(taken(fragments), [call("a", "one", "{}"), call("b", "two", "{\"x\":1}")]);
    }

    #[test]
    fn whole_requests_without_number_or_id_stay_separate() {
        let fragments = vec![
            fragment(None, "", "one", "{}"),
            fragment(None, "", "two", "{\"x\""),
            fragment(None, "", "", ":1}"),
        ];
        assert_eq!(taken(fragments), [call("own_1", "one", "{}"), call("own_2", "two", "{\"x\":1}")]);
        let doubles = vec![fragment(Some(0), "same", "one", ""), fragment(Some(1), "same", "two", "")];
        assert_eq!(taken(doubles), [call("same", "one", ""), call("own_1", "two", "")]);
    }

    #[test]
    fn nameless_endless_or_excess_parts_are_left_out() {
        let long = "x".repeat(40 * 1024);
        let endless = vec![
            fragment(Some(0), "a", "one", &long),
            fragment(Some(0), "", "", &long),
            fragment(Some(9), "b", "", "{}"),
        ];
        let taken_of_endless = taken(endless);
        assert_eq!(taken_of_endless.len(), 1);
        assert_eq!(taken_of_endless[0].2.len(), long.len());
        let many = (0..100).map(|at| fragment(Some(at), "", "f", "")).collect();
        assert_eq!(taken(many).len(), CALLS_MAX);
    }

    #[test]
    fn a_name_and_arguments_of_their_longest_are_kept() {
        let (half, name) = ("x".repeat(ARGUMENTS_BYTES_MAX / 2), "n".repeat(NAME_BYTES_MAX));
        let longest = vec![
            fragment(Some(0), "a", &name, &half),
            fragment(Some(0), "", "", &half),
            fragment(Some(0), "", "", "x"),
        ];
        assert_eq!(taken(longest), [call("a", &name, &half.repeat(2))]);
        assert_eq!(taken(vec![fragment(Some(0), "a", &format!("{name}n"), "{}")]), []);
    }
}
