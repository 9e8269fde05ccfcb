//! Where a command reads and writes; tests hand in buffers.

use std::io::{self, BufRead, Write};

use super::exit::{Exit, Failure};

/// A command's input and output.
pub struct Terminal<'a> {
    /// What is piped or typed in.
    pub input: &'a mut dyn BufRead,
    /// Answers.
    pub output: &'a mut dyn Write,
}

impl std::fmt::Debug for Terminal<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Terminal").finish_non_exhaustive()
    }
}

impl Terminal<'_> {
    /// Writes a line.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.output, "{line}")
    }

    /// Asks until `read` understands the answer. An empty answer is `default`;
    /// where that is `None`, an answer is needed.
    pub(super) fn ask<T>(
        &mut self,
        question: &str,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        loop {
            match default {
                Some("") | None => write!(self.output, "{question}: ")?,
                Some(default) => write!(self.output, "{question} [{default}]: ")?,
            }
            self.output.flush()?;
            let answer = self.line(question)?;
            let answer = match (answer.trim(), default) {
                ("", Some(default)) => default,
                ("", None) => {
                    self.say("  An answer is needed.")?;
                    continue;
                }
                (answer, _) => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(problem) => self.say(&format!("  {problem}"))?,
            }
        }
    }

    /// Reads a line; the end of the input is a failure.
    fn line(&mut self, question: &str) -> Result<String, Failure> {
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            self.say("")?;
            let words = format!(
                "the input ended before this was answered: {question}. Nothing was written"
            );
            return Err(Failure::new(Exit::Usage, words));
        }
        Ok(line)
    }
}
