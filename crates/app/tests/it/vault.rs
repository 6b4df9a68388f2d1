//! What is personal can be read by whoever has the keys, and by nobody once a record's key is gone.

use app::vault::{self, Keys, Vault};
use store::Batch;
use store::testing::on_both;
use uuid::Uuid;

use super::hall::{hall, monday};

fn folder() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("gridward-keys-{}", Uuid::now_v7().simple()))
}

#[tokio::test]
async fn what_was_sealed_is_opened_as_what_it_is_and_as_nothing_else() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, other) = (hall.fresh(), hall.fresh());
        let (keeps, key) = hall.app.vault.new_key(id, monday()).unwrap();
        hall.app.store.commit(Batch::new("key").with(keeps)).await.unwrap();
        let sealed = key.seal("care/phone", "13800001234".as_bytes());
        let again = hall.app.vault.key(&hall.app.store, id).await.unwrap().unwrap();
        assert_eq!(again.open("care/phone", &sealed).unwrap(), "13800001234".as_bytes());
        assert!(again.open("care/name", &sealed).is_err(), "a phone is not a name");
        let mut touched = sealed.clone();
        *touched.last_mut().unwrap() ^= 1;
        assert!(again.open("care/phone", &touched).is_err());
        assert_ne!(key.seal("care/phone", b"13800001234"), sealed, "the same twice looks different");
        assert!(hall.app.vault.key(&hall.app.store, other).await.unwrap().is_none());
        let many = hall.app.vault.many(&hall.app.store, &[other, id]).await.unwrap();
        assert_eq!(many.keys().collect::<Vec<_>>(), [&id]);
    })
    .await;
}

#[tokio::test]
async fn a_record_whose_key_was_erased_can_be_opened_by_nobody() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let id = hall.fresh();
        let (keeps, _) = hall.app.vault.new_key(id, monday()).unwrap();
        hall.app.store.commit(Batch::new("key").with(keeps)).await.unwrap();
        hall.app.store.commit(Batch::new("erase").with(vault::erase(id))).await.unwrap();
        assert!(hall.app.vault.key(&hall.app.store, id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_index_of_phone_tails_tells_the_same_from_the_same_and_nothing_without_the_key() {
    let vault = Vault::of_chance();
    assert_eq!(vault.blind("care/tail", "1234").unwrap(), vault.blind("care/tail", "1234").unwrap());
    assert_ne!(vault.blind("care/tail", "1234").unwrap(), vault.blind("care/tail", "1235").unwrap());
    assert_ne!(vault.blind("care/tail", "1234").unwrap(), vault.blind("staff/tail", "1234").unwrap());
    assert_ne!(
        vault.blind("care/tail", "1234").unwrap(),
        Vault::of_chance().blind("care/tail", "1234").unwrap()
    );
    assert!(Vault::closed().blind("care/tail", "1234").is_err());
}

#[tokio::test]
async fn keys_are_renewed_without_anything_being_sealed_anew() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let store = &hall.app.store;
        let path = folder().join("keys.toml");
        let vault = Vault::open(&path, store, monday()).await.unwrap();
        let mut sealed = Vec::new();
        for _ in 0..300 {
            let id = hall.fresh();
            let (keeps, key) = vault.new_key(id, monday()).unwrap();
            store.commit(Batch::new("key").with(keeps)).await.unwrap();
            sealed.push((id, key.seal_text("care/name", &"张三"), vault.blind("care/tail", "1234").unwrap()));
        }
        Keys::read(&path).unwrap().renewed("k2").write(&path).unwrap();
        let vault = Vault::open(&path, store, monday()).await.unwrap();
        assert_eq!(vault.rewrap(store).await.unwrap(), 300);
        Keys::read(&path).unwrap().alone().write(&path).unwrap();
        let vault = Vault::open(&path, store, monday()).await.unwrap();
        for (id, text, tail) in sealed {
            let key = vault.key(store, id).await.unwrap().unwrap();
            assert_eq!(key.open_text::<String>("care/name", &text).unwrap(), "张三");
            assert_eq!(vault.blind("care/tail", "1234").unwrap(), tail, "lookups go on");
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_sealed_with_other_keys_is_refused_and_no_new_keys_are_made_for_it() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (here, there) = (folder(), folder());
        let vault = Vault::open(&here.join("keys.toml"), &hall.app.store, monday()).await.unwrap();
        let (keeps, _) = vault.new_key(hall.fresh(), monday()).unwrap();
        hall.app.store.commit(Batch::new("key").with(keeps)).await.unwrap();
        let lost = Vault::open(&there.join("keys.toml"), &hall.app.store, monday()).await.unwrap_err();
        assert!(lost.to_string().contains("bring back the copy"), "{lost}");
        assert!(!there.exists());
        Keys::of_chance("other").write(&there.join("keys.toml")).unwrap();
        let other = Vault::open(&there.join("keys.toml"), &hall.app.store, monday()).await.unwrap_err();
        assert!(other.to_string().contains("does not have"), "{other}");
        std::fs::write(there.join("keys.toml"), "current = \"secret\"").unwrap();
        let form = Vault::open(&there.join("keys.toml"), &hall.app.store, monday()).await.unwrap_err();
        assert!(!form.to_string().contains("secret"), "no line of the file is quoted: {form}");
        for folder in [here, there] {
            std::fs::remove_dir_all(folder).unwrap();
        }
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_of_keys_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let path = folder().join("keys.toml");
    Keys::of_chance("k").write(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!format!("{:?}", Keys::read(&path).unwrap()).contains("masters"));
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}
