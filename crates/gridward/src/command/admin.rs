//! `admin`: accounts, for whoever runs the machine. A token is printed once, to be given to its person.

use super::Here;
use crate::cli::Admin;
use crate::out::{End, Failed, because, give, give_json, plain};
use app::people::{self, NewPerson};
use domain::policy::Role;

pub async fn admin(here: &Here, admin: Admin) -> Result<End, Failed> {
    match admin {
        Admin::Create { account, name, role, area, unit, db, json } => {
            let app = here.app(&db).await?;
            let city = app.city();
            let role = Role::parse(&role).ok_or_else(|| {
                plain(format!("--role {role:?}: write worker, desk, handler, leader, analyst or admin"))
            })?;
            let area = city.area_by_text(&area).ok_or_else(|| {
                plain(format!("--area {area:?}: there is no such area; write its code or id"))
            })?;
            let unit = match unit {
                None => None,
                Some(code) => {
                    let found = city.units.values().find(|unit| unit.code == code);
                    let none = || plain(format!("--unit {code:?}: there is no such unit; write its code"));
                    Some(found.ok_or_else(none)?.id)
                }
            };
            let new = NewPerson { account, name, role, area: area.id, unit };
            let opened = app.people.open_account(&people::system(area.id), new).await;
            let opened = opened.map_err(|error| because("cannot open the account", error))?;
            tell(&opened.person.account, opened.link.reveal(), json)?;
            app.store.close().await;
        }
        Admin::Reset { account, db, json } => {
            let app = here.app(&db).await?;
            let token = app.people.reset_account(&account).await;
            let token = token.map_err(|error| because("cannot reset the account", error))?;
            tell(&account, token.reveal(), json)?;
            app.store.close().await;
        }
    }
    Ok(End::Done)
}

fn tell(account: &str, token: impl std::fmt::Display, json: bool) -> Result<(), Failed> {
    if json {
        return give_json(&serde_json::json!({ "account": account, "setup_token": token.to_string() }));
    }
    give(&format!(
        "one-time link of {account}, good for 24 hours, behind the address of the server: /setup#{token}"
    ))
}
