//! A caller that speaks HTTP/1.1 and knows nothing of Gridward: one connection, kept, opened again when it broke.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One caller.
pub struct Client {
    address: SocketAddr,
    token: String,
    open: Option<BufReader<TcpStream>>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Client {
    /// With the bearer token of someone; `""` for nobody.
    pub fn new(address: SocketAddr, token: &str) -> Client {
        Client { address, token: token.to_owned(), open: None }
    }

    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> io::Result<Reply> {
        self.send("POST", path, headers, body.to_string().as_bytes())
    }

    /// Sends and waits at most a minute; an error says nothing about whether it was done.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.address)?),
        };
        stream.get_mut().write_all(&self.request(method, path, headers, body))?;
        let reply = Reply::read(&mut stream)?;
        if reply.header("connection") != "close" {
            self.open = Some(stream);
        }
        Ok(reply)
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if !self.token.is_empty() {
            head += &format!("Authorization: Bearer {}\r\n", self.token);
        }
        if !headers.iter().any(|(name, _)| *name == "Content-Type") {
            head += "Content-Type: application/json\r\n";
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    }

    /// Opens a stream of events on a connection of its own.
    pub fn events(&self, path: &str) -> Events {
        let mut stream = BufReader::new(connect(self.address).unwrap());
        stream.get_mut().write_all(&self.request("GET", path, &[], b"")).unwrap();
        let (status, headers) = read_head(&mut stream).unwrap();
        assert_eq!((status, headers["transfer-encoding"].as_str()), (200, "chunked"));
        Events { stream, text: String::new() }
    }
}

pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    Ok(stream)
}

impl Reply {
    /// Reads one answer, whole.
    pub fn read(stream: &mut impl BufRead) -> io::Result<Reply> {
        let (status, headers) = read_head(stream)?;
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|it| it == "chunked") {
            while let Some(chunk) = read_chunk(stream)? {
                body.extend(chunk);
            }
        } else {
            let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
        }
        Ok(Reply { status, headers, body })
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `null` when it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn read_head(stream: &mut impl BufRead) -> io::Result<(u16, HashMap<String, String>)> {
    let bad = |line: &str| Error::new(ErrorKind::InvalidData, format!("no answer of HTTP: {line:?}"));
    let first = read_line(stream)?;
    let status = first.split(' ').nth(1).and_then(|it| it.parse().ok()).ok_or_else(|| bad(&first))?;
    let mut headers = HashMap::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// `None` at the end of the answer.
fn read_chunk(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let size = read_line(stream)?;
    let size = usize::from_str_radix(&size, 16).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    let mut chunk = vec![0; size];
    stream.read_exact(&mut chunk)?;
    read_line(stream)?;
    Ok((size > 0).then_some(chunk))
}

/// A stream of server-sent events.
pub struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Events {
    /// The next event with data: its id and its data. `None` when the stream ends as a whole answer does.
    pub fn next(&mut self) -> io::Result<Option<(String, Value)>> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    return Ok(Some((id.to_owned(), serde_json::from_str(data).unwrap())));
                }
            }
            match read_chunk(&mut self.stream)? {
                Some(chunk) => self.text += &String::from_utf8(chunk).unwrap(),
                None => return Ok(None),
            }
        }
    }
}
