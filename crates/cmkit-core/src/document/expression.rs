//! The syntax of ARM template expressions: `[concat(parameters('vault'), '-', variables('x').y[0])]`.
//!
//! Only the syntax; what an expression is worth stands in `scope`.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Nesting deeper than this isn't parsed; the expression stays unknown.
const MAX_DEPTH: usize = 32;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// `'text'` or a number.
    Literal(String),
    /// `function(argument, ...)`
    Call(String, Vec<Expression>),
    /// `object.name`, `object['name']` or `array[0]`
    Member(Box<Expression>, Box<Expression>),
}

/// What a JSON string of a template holds.
pub(super) enum Content<'a> {
    Literal(&'a str),
    Expression(Expression),
    /// Looks like an expression and can't be parsed.
    Unreadable,
}

/// Tells literal text from expressions: `[...]` is an expression, `[[...` is text that begins with a bracket.
pub(super) fn content(text: &str) -> Content<'_> {
    if let Some(escaped) = text.strip_prefix("[[") {
        return Content::Literal(&text[text.len() - escaped.len() - 1..]);
    }
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return Content::Literal(text);
    };
    let mut parser = Parser { rest: inner.trim_start(), depth: 0 };
    match parser.expression() {
        Some(expression) if parser.rest.is_empty() => Content::Expression(expression),
        _ => Content::Unreadable,
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn eat(&mut self, mark: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut expression = self.primary()?;
        for _ in 0..MAX_DEPTH {
            let step = if self.eat('.') {
                Expression::Literal(self.word()?)
            } else if self.eat('[') {
                let step = self.expression()?;
                self.eat(']').then_some(step)?
            } else {
                self.depth -= 1;
                return Some(expression);
            };
            expression = Expression::Member(Box::new(expression), Box::new(step));
        }
        None
    }

    fn primary(&mut self) -> Option<Expression> {
        if let Some(rest) = self.rest.strip_prefix('\'') {
            self.rest = rest;
            return self.string();
        }
        let word = self.word()?;
        if !self.eat('(') {
            return word.parse::<i64>().ok().map(|_| Expression::Literal(word));
        }
        let mut arguments = Vec::new();
        if self.eat(')') {
            return Some(Expression::Call(word, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            if self.eat(')') {
                return Some(Expression::Call(word, arguments));
            }
            self.eat(',').then_some(())?;
        }
    }

    /// The rest of a string whose quote is already read; two quotes stand for one.
    fn string(&mut self) -> Option<Expression> {
        let mut text = String::new();
        loop {
            let (plain, rest) = self.rest.split_once('\'')?;
            text.push_str(plain);
            self.rest = rest;
            let Some(rest) = rest.strip_prefix('\'') else { break };
            text.push('\'');
            self.rest = rest;
        }
        self.rest = self.rest.trim_start();
        Some(Expression::Literal(text))
    }

    fn word(&mut self) -> Option<String> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
        let word = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest.trim_start();
        (!word.is_empty()).then(|| word.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Expression> {
        match content(text) {
            Content::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    #[test]
    fn tells_text_from_expressions() {
        for (text, literal) in [("plain", "plain"), ("[[not one]", "[not one]"), ("[1] and [2", "[1] and [2"), ("", "")]
        {
            assert!(matches!(content(text), Content::Literal(found) if found == literal), "{text}");
        }
        for text in
            ["[]", "[parameters('x']", "[concat('a' 'b')]", "[x]", "['open]", "[f(1,)]", "[1] [2]", "[f().]", "[f()[0]"]
        {
            assert!(matches!(content(text), Content::Unreadable), "{text}");
        }
    }

    #[test]
    fn parses_calls_members_and_quotes() {
        let literal = |text: &str| Expression::Literal(text.into());
        assert_eq!(parse("[ 'it''s' ]"), Some(literal("it's")));
        let call = Expression::Call("variables".into(), Vec::from([literal("x")]));
        let member = Expression::Member(Box::new(call), Box::new(literal("y")));
        let index = Expression::Member(Box::new(member), Box::new(literal("0")));
        assert_eq!(parse("[variables( 'x' ).y[0]]"), Some(index));
        assert_eq!(parse("[resourceGroup()]"), Some(Expression::Call("resourceGroup".into(), Vec::new())));
    }

    #[test]
    fn gives_up_on_depth_instead_of_the_stack() {
        let deep = alloc::format!("[{}'x'{}]", "f(".repeat(100_000), ")".repeat(100_000));
        assert!(matches!(content(&deep), Content::Unreadable));
        let long = alloc::format!("[f(){}]", ".a".repeat(100_000));
        assert!(matches!(content(&long), Content::Unreadable));
    }
}
