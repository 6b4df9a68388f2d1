//! Telling people, against real servers on this machine: one that takes webhooks and pushes, one that takes mail.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use app::telling::{self, Addresses, Choices, Encryption, MailServer, Outside, SmsGate, step};
use app::{App, Vault, notice};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::id::CaseId;
use domain::notice::NoticeKind;
use domain::policy::{Actor, Role};
use domain::stream::{Stream, StreamId};
use domain::telling::{Hook, Quiet};
use hmac::{Hmac, KeyInit as _, Mac};
use jiff::SignedDuration;
use sha2::Sha256;
use store::testing::on_both;
use store::{Batch, telling as rows};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::city::{BRIDGE, CITY, EAST};
use super::hall::{Hall, desk, hall, leader, person};

/// What a server was sent: its head in small letters, and its body.
type Sent = Arc<Mutex<Vec<(String, String)>>>;

/// A server of HTTP that answers with these statuses in turn, the last for ever.
async fn listener(statuses: &'static [u16]) -> (String, Sent) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/take", socket.local_addr().unwrap());
    let sent: Sent = Arc::default();
    let kept = sent.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            let mut wire = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if wire.read_line(&mut line).await.unwrap() == 0 || line == "\r\n" {
                    break;
                }
                let line = line.to_lowercase();
                if let Some(n) = line.strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
                head += &line;
            }
            let mut body = vec![0; length];
            wire.read_exact(&mut body).await.unwrap();
            let n = {
                let mut kept = kept.lock().unwrap();
                kept.push((head, String::from_utf8_lossy(&body).into_owned()));
                kept.len()
            };
            let status = statuses[(n - 1).min(statuses.len() - 1)];
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nlocation: http://169.254.169.254/\r\nconnection: close\r\n\r\n"
            );
            wire.get_mut().write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (at, sent)
}

/// A server of mail; what it took. It refuses whoever writes to `gone@…`.
async fn mail_server() -> (MailServer, Sent) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let sent: Sent = Arc::default();
    let kept = sent.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            let mut wire = BufReader::new(stream);
            let (mut head, mut body, mut in_data) = (String::new(), String::new(), false);
            wire.get_mut().write_all(b"220-hello\r\n220 ready\r\n").await.unwrap();
            loop {
                let mut line = String::new();
                if wire.read_line(&mut line).await.unwrap() == 0 {
                    break;
                }
                let answer: &[u8] = if in_data {
                    if line == ".\r\n" {
                        in_data = false;
                        kept.lock().unwrap().push((head.clone(), std::mem::take(&mut body)));
                        b"250 taken\r\n"
                    } else {
                        body += &line;
                        continue;
                    }
                } else {
                    head += &line;
                    match line.trim_end() {
                        "DATA" => {
                            in_data = true;
                            b"354 go on\r\n"
                        }
                        "QUIT" => b"221 bye\r\n",
                        it if it.starts_with("EHLO") => b"250-here\r\n250 AUTH PLAIN\r\n",
                        it if it.starts_with("AUTH") => b"235 you are\r\n",
                        it if it.starts_with("RCPT TO:<gone@") => b"550 nobody\r\n",
                        _ => b"250 ok\r\n",
                    }
                };
                wire.get_mut().write_all(answer).await.unwrap();
            }
        }
    });
    let (user, password) = (Some("u".to_owned()), Some("p".to_owned()));
    let server = MailServer {
        host: "127.0.0.1".into(),
        port,
        encryption: Encryption::None,
        user,
        password,
        from: "grid@city.example".into(),
    };
    (server, sent)
}

fn allowing(outside: Outside) -> Outside {
    Outside { allow: vec!["127.0.0.1".to_owned()], ..outside }
}

fn with(hall: &Hall, outside: Outside) -> App {
    hall.app.clone().with_vault(Vault::of_chance()).with_outside(allowing(outside))
}

fn admin() -> Actor {
    Actor { role: Role::Admin, ..leader(CITY) }
}

fn about() -> StreamId {
    StreamId { stream: Stream::Case, id: CaseId(Uuid::from_u128(77)).0 }
}

async fn tell(app: &App, to: store::Statement) {
    app.store.commit(Batch::new("tell").with(to)).await.unwrap();
}

async fn staff(hall: &Hall, account: &str, role: Role, area: domain::id::AreaId) -> Actor {
    let new =
        app::people::NewPerson { account: account.into(), name: account.into(), role, area, unit: None };
    let opened = hall.app.people.open_account(&app::people::system(CITY), new).await.unwrap();
    Actor { person: Some(opened.person.id), role, area, ..desk(BRIDGE) }
}

fn plain() -> Choices {
    Choices {
        language: "zh".into(),
        quiet: None,
        push: true,
        mail: false,
        sms: false,
        addresses: Addresses::default(),
        n_browsers: 0,
    }
}

async fn rounds(app: &App) {
    while step(app, "here").await.unwrap() {}
}

#[tokio::test]
async fn an_inbox_has_ones_own_and_those_of_ones_desk_and_unit() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, now) = (&hall.app, hall.app.clock.now());
        let (one, other) = (desk(BRIDGE), leader(EAST));
        tell(app, notice::to_person(one.person.unwrap(), NoticeKind::VisitDue, about(), BRIDGE, false, now))
            .await;
        tell(app, notice::to_desk(BRIDGE, NoticeKind::CaseTurn, about(), BRIDGE, false, now)).await;
        tell(app, notice::to_desk(EAST, NoticeKind::CaseTurn, about(), BRIDGE, false, now)).await;
        let page = telling::page(app, &one, false, None, 1).await.unwrap();
        assert_eq!((page.items.len(), page.unread), (1, 2));
        assert_eq!(page.items[0].notice.kind, NoticeKind::CaseTurn, "the newest first");
        let rest = telling::page(app, &one, false, page.next, 10).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (1, None));
        assert_eq!(telling::unread(app, &other).await.unwrap(), 0);
        let id = page.items[0].notice.id;
        assert_eq!(telling::read(app, &other, id).await.unwrap_err().to_string(), "there is no such notice");
        telling::read(app, &one, id).await.unwrap();
        telling::read(app, &one, id).await.unwrap();
        assert_eq!(telling::unread(app, &one).await.unwrap(), 1);
        let unread = telling::page(app, &one, true, None, 10).await.unwrap();
        telling::read_until(app, &one, unread.items[0].seq).await.unwrap();
        assert_eq!(telling::unread(app, &one).await.unwrap(), 0);
        assert_eq!(telling::unread(app, &desk(EAST)).await.unwrap(), 1, "another's stays unread");
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_signed_tried_again_and_given_up_where_it_can_be_seen() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = with(&hall, Outside::default());
        let (url, sent) = listener(&[500, 302, 200]).await;
        let (gone_url, _) = listener(&[410]).await;
        let hook = |n: u128, url: &str| Hook {
            id: Uuid::from_u128(n),
            name: "oa".into(),
            url: url.into(),
            urgent_only: false,
            kinds: BTreeSet::new(),
        };
        let hooks = vec![hook(1, &url), hook(2, &gone_url), Hook { urgent_only: true, ..hook(3, &url) }];
        assert!(
            telling::save_hooks(&app, &desk(CITY), None, hooks.clone()).await.is_err(),
            "not an administrator"
        );
        assert_eq!(telling::save_hooks(&app, &admin(), Some(0), hooks).await.unwrap(), 1);
        let who = desk(BRIDGE).person.unwrap();
        tell(&app, notice::to_person(who, NoticeKind::VisitDue, about(), BRIDGE, false, app.clock.now()))
            .await;
        rounds(&app).await;
        assert_eq!(sent.lock().unwrap().len(), 1, "not again before its time");
        let dead = telling::dead(&app, &admin(), None, 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].target), (1, Some(Uuid::from_u128(2))), "410 ends it at once");
        assert!(telling::dead(&app, &desk(CITY), None, 10).await.is_err());
        app.clock.pass(SignedDuration::from_secs(6));
        rounds(&app).await;
        app.clock.pass(SignedDuration::from_secs(301));
        rounds(&app).await;
        app.clock.pass(SignedDuration::from_hours(90));
        rounds(&app).await;
        let sent = sent.lock().unwrap().clone();
        assert_eq!(sent.len(), 3, "a redirection is a failure, then it arrives, then nothing more");
        let header = |head: &str, name: &str| {
            head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().trim().to_owned()
        };
        let ids: Vec<String> = sent.iter().map(|(head, _)| header(head, "webhook-id")).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "a receiver knows a second try by its id");
        let (head, body) = &sent[2];
        let secret = telling::secret(&app, &admin(), Uuid::from_u128(1)).await.unwrap();
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{body}", ids[2], header(head, "webhook-timestamp")).as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())).to_lowercase();
        assert_eq!(header(head, "webhook-signature"), signature);
        assert!(body.contains("notice.visit_due") && !body.contains("桥头"), "{body}");
        // The dead one is sent again on demand, and only while it is dead.
        telling::resend(&app, &admin(), dead[0].id).await.unwrap();
        assert!(telling::resend(&app, &admin(), dead[0].id).await.is_err());
        rounds(&app).await;
        assert_eq!(telling::dead(&app, &admin(), None, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn mail_and_messages_wait_for_quiet_hours_unless_urgent_and_say_nothing_of_anybody() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (server, mails) = mail_server().await;
        let (gate, messages) = listener(&[200]).await;
        let body = r#"{"to":"{phone}","text":"{text}"}"#.to_owned();
        let sms = SmsGate {
            url: gate,
            content_type: "application/json".into(),
            body,
            authorization: Some("Bearer k".into()),
        };
        let app = with(&hall, Outside { mail: Some(server), sms: Some(sms), ..Outside::default() });
        let who = staff(&hall, "night", Role::Worker, BRIDGE).await;
        let addresses =
            Addresses { mail: Some("night@city.example".into()), phone: Some("+8613800000000".into()) };
        // It is nine in the morning.
        let quiet = Quiet::new(8 * 60, 10 * 60);
        let chosen = Choices { mail: true, sms: true, quiet, addresses, ..plain() };
        assert_eq!(telling::choose(&app, &who, chosen.clone()).await.unwrap(), chosen);
        let tell_it = async |kind, urgent| {
            let to = notice::to_person(
                who.person.unwrap(),
                kind,
                about(),
                domain::id::AreaId(10),
                urgent,
                app.clock.now(),
            );
            tell(&app, to).await;
            rounds(&app).await;
        };
        tell_it(NoticeKind::VisitDue, false).await;
        assert_eq!((mails.lock().unwrap().len(), messages.lock().unwrap().len()), (0, 0));
        tell_it(NoticeKind::SafetyAlarm, true).await;
        assert_eq!((mails.lock().unwrap().len(), messages.lock().unwrap().len()), (1, 1));
        app.clock.pass(SignedDuration::from_mins(61));
        rounds(&app).await;
        let (mails, messages) = (mails.lock().unwrap().clone(), messages.lock().unwrap().clone());
        assert_eq!((mails.len(), messages.len()), (2, 2));
        assert!(mails[1].0.contains("RCPT TO:<night@city.example>") && mails[1].0.contains("AUTH PLAIN"));
        let text = STANDARD.decode(mails[1].1.split("\r\n\r\n").nth(1).unwrap().replace("\r\n", "")).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "有一次走访到期 · 桥东社区", "no grid, no name");
        assert!(
            messages[0].1.contains("+8613800000000") && messages[0].0.contains("authorization: bearer k")
        );
        // Nobody reads the database and finds an address.
        let kept = app.store.rows("select sealed from telling_choice", vec![]).await.unwrap();
        assert!(!kept[0].text("sealed").unwrap().contains("night"));
        let gone = Addresses { mail: Some("gone@city.example".into()), phone: None };
        telling::choose(&app, &who, Choices { mail: true, addresses: gone, ..plain() }).await.unwrap();
        tell_it(NoticeKind::VisitOverdue, true).await;
        let dead = telling::dead(&app, &admin(), None, 10).await.unwrap();
        assert_eq!(
            dead[0].error.as_deref(),
            Some("the server of mail answered 550"),
            "and no address stands there"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_pushed_to_until_it_is_gone() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app =
            with(&hall, Outside { contact: Some("mailto:grid@city.example".into()), ..Outside::default() });
        let (endpoint, sent) = listener(&[201, 410]).await;
        let who = staff(&hall, "pushed", Role::Worker, BRIDGE).await;
        let p256dh =
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .to_owned();
        let browser = telling::Subscription { endpoint, p256dh, auth: "BTBZMqHH6r4Tts7J_aSIgg".into() };
        let id = Uuid::from_u128(9);
        assert!(telling::add_browser(&app, &who, id, browser.clone()).await.unwrap());
        assert!(!telling::add_browser(&app, &who, id, browser.clone()).await.unwrap());
        assert!(
            telling::add_browser(&app, &leader(EAST), id, browser.clone()).await.is_err(),
            "taken by another"
        );
        let private = telling::Subscription { endpoint: "https://10.0.0.1/x".into(), ..browser };
        assert!(telling::add_browser(&app, &who, Uuid::from_u128(10), private).await.is_err());
        for _ in 0..3 {
            let to = notice::to_person(
                who.person.unwrap(),
                NoticeKind::CaseTurn,
                about(),
                BRIDGE,
                true,
                app.clock.now(),
            );
            tell(&app, to).await;
            rounds(&app).await;
        }
        let sent = sent.lock().unwrap().clone();
        assert_eq!(sent.len(), 2, "after 410 nobody is pushed to any more");
        for needed in
            ["content-encoding: aes128gcm", "urgency: high", "authorization: vapid t=", "ttl: 86400"]
        {
            assert!(sent[0].0.contains(needed), "{needed} in {}", sent[0].0);
        }
        assert!(
            !sent[0].1.contains("case_turn") && !sent[0].1.contains("案件"),
            "only the browser can open it"
        );
        assert_eq!(telling::choices(&app, &who).await.unwrap().n_browsers, 0);
        assert_eq!(telling::push_key(&app).await.unwrap(), telling::push_key(&app).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_is_urgent_climbs_when_nobody_reads_it_and_no_further_than_it_must() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = with(&hall, Outside::default());
        let who = person(4242);
        tell(
            &app,
            notice::to_person(
                who,
                NoticeKind::SafetyAlarm,
                about(),
                domain::id::AreaId(10),
                true,
                app.clock.now(),
            ),
        )
        .await;
        tell(
            &app,
            notice::to_person(
                who,
                NoticeKind::VisitDue,
                about(),
                domain::id::AreaId(10),
                false,
                app.clock.now(),
            ),
        )
        .await;
        rounds(&app).await;
        assert_eq!(telling::unread(&app, &desk(BRIDGE)).await.unwrap(), 0);
        app.clock.pass(SignedDuration::from_mins(31));
        rounds(&app).await;
        rounds(&app).await;
        let page = telling::page(&app, &desk(BRIDGE), true, None, 10).await.unwrap();
        assert_eq!((page.items.len(), page.items[0].notice.kind), (1, NoticeKind::SafetyAlarm));
        telling::read(&app, &desk(BRIDGE), page.items[0].notice.id).await.unwrap();
        app.clock.pass(SignedDuration::from_mins(31));
        rounds(&app).await;
        assert_eq!(telling::unread(&app, &desk(EAST)).await.unwrap(), 0, "somebody has read it");
    })
    .await;
}

#[tokio::test]
async fn one_node_tells_at_a_time_and_each_notice_is_told_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = with(&hall, Outside::default());
        let (url, sent) = listener(&[200]).await;
        let hook = Hook {
            id: Uuid::from_u128(1),
            name: "x".into(),
            url,
            urgent_only: false,
            kinds: BTreeSet::new(),
        };
        telling::save_hooks(&app, &admin(), None, vec![hook]).await.unwrap();
        for _ in 0..5 {
            tell(
                &app,
                notice::to_desk(BRIDGE, NoticeKind::CaseTurn, about(), BRIDGE, false, app.clock.now()),
            )
            .await;
        }
        let nodes = (0..4).map(|n| {
            let app = app.clone();
            async move {
                for _ in 0..20 {
                    step(&app, &format!("node-{n}")).await.unwrap();
                }
            }
        });
        futures_util::future::join_all(nodes).await;
        rounds(&app).await;
        assert_eq!(sent.lock().unwrap().len(), 5);
        assert_eq!(rows::waiting(&app.store).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_told_by_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = with(&hall, Outside::default());
        let who = staff(&hall, "odd", Role::Worker, BRIDGE).await;
        let addresses = |mail: &str, phone: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Addresses { mail: some(mail), phone: some(phone) }
        };
        for (choice, field) in [
            (Choices { language: "fr".into(), ..plain() }, "/language"),
            (Choices { mail: true, ..plain() }, "/mail_address"),
            (Choices { sms: true, ..plain() }, "/phone"),
            (Choices { addresses: addresses("a@b.c\r\nRCPT TO:<x@y.z>", ""), ..plain() }, "/mail_address"),
            (Choices { addresses: addresses("nobody", ""), ..plain() }, "/mail_address"),
            (Choices { addresses: addresses("", "12ab"), ..plain() }, "/phone"),
        ] {
            let no = telling::choose(&app, &who, choice).await.unwrap_err();
            assert!(matches!(&no, app::AppError::Invalid(fields) if fields[0].path == field), "{no}");
        }
        let hook = |url: &str| Hook {
            id: Uuid::from_u128(1),
            name: "x".into(),
            url: url.into(),
            urgent_only: false,
            kinds: BTreeSet::new(),
        };
        for url in
            ["https://192.168.1.1/", "http://hooks.example.org/", "gopher://x", "https://[::ffff:10.0.0.1]/"]
        {
            let no = telling::save_hooks(&app, &admin(), None, vec![hook(url)]).await.unwrap_err();
            assert!(
                matches!(&no, app::AppError::Invalid(fields) if fields[0].path == "/items/0/url"),
                "{url}: {no}"
            );
        }
        assert!(
            telling::save_hooks(
                &app,
                &admin(),
                None,
                vec![hook("https://a.example/"), hook("https://a.example/")]
            )
            .await
            .is_err()
        );
        assert!(
            telling::save_hooks(&app, &admin(), Some(3), vec![]).await.is_err(),
            "decided on another version"
        );
        let closed = hall.app.clone().with_vault(Vault::closed());
        let sealed = Choices { mail: true, addresses: addresses("a@b.example", ""), ..plain() };
        assert!(
            telling::choose(&closed, &who, sealed).await.unwrap_err().to_string().contains("keys"),
            "nothing personal without keys"
        );
    })
    .await;
}
