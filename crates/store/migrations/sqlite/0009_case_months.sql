-- The index asks for cases by the month of their deadline and by the month of their closing. What ended early counts
-- nowhere.

create index cases_due_month on cases (first_due_ms) where first_due_ms is not null and ended is null;
create index cases_closed_month on cases (closed_ms) where closed_ms is not null and ended is null;
