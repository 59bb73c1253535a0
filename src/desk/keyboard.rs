//! The one file that reads keys.

use std::{io, sync::mpsc};

use console::{Key as Pressed, Term};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Key;

/// Keys as they are pressed.
pub(crate) struct Keys {
    pressed: UnboundedReceiver<Key>,
    /// The next key is read only when it is asked for: while none is read, the terminal is as we found it.
    wanted: mpsc::Sender<()>,
    waiting: bool,
}

/// Listens to the keyboard. Reading blocks, so it has a thread of its own, which ends with the program.
pub(crate) fn keys() -> io::Result<Keys> {
    let (press, pressed) = unbounded_channel();
    let (wanted, wants) = mpsc::channel();
    let term = Term::stdout();
    std::thread::Builder::new()
        .name("keyboard".to_owned())
        .spawn(move || {
            while wants.recv().is_ok() {
                let key = loop {
                    let Ok(key) = term.read_key() else { return };
                    if let Some(key) = known(&key) {
                        break key;
                    }
                };
                if press.send(key).is_err() {
                    return;
                }
            }
        })?;
    Ok(Keys {
        pressed,
        wanted,
        waiting: false,
    })
}

impl Keys {
    /// The next key; nothing once none can be read.
    pub(crate) async fn next(&mut self) -> Option<Key> {
        if !self.waiting {
            self.wanted.send(()).ok()?;
            self.waiting = true;
        }
        let key = self.pressed.recv().await;
        self.waiting = false;
        key
    }
}

fn known(key: &Pressed) -> Option<Key> {
    Some(match key {
        Pressed::ArrowUp => Key::Up,
        Pressed::ArrowDown => Key::Down,
        Pressed::PageUp => Key::PageUp,
        Pressed::PageDown => Key::PageDown,
        Pressed::Home => Key::Home,
        Pressed::End => Key::End,
        Pressed::Enter => Key::Enter,
        Pressed::Escape => Key::Escape,
        Pressed::Backspace => Key::Backspace,
        Pressed::Char(letter) if !letter.is_control() => Key::Letter(*letter),
        _ => return None,
    })
}
