-- The end of a case's number, as people dictate it: the last 30 bits of the id.
create index cases_tail on cases (substr(id, 13));
