-- Makes statements that change a table fail with 40001 now and then, as a database does that has to repeat a
-- transaction. Put into a real PostgreSQL by a chaos run, and taken out of it again; nothing else may use it.
-- What begins with a colon is filled in.
create sequence chaos_failures;

grant usage on sequence chaos_failures to public;

create function chaos_fail() returns trigger language plpgsql as $$
begin
  if random() < :probability then
    perform nextval('chaos_failures'); -- stays counted although the transaction is undone
    raise exception 'chaos: could not serialize access' using errcode = '40001';
  end if;
  return null;
end $$;

do $$
declare
  target text;
begin
  foreach target in array array[:tables] loop
    execute format('create trigger chaos_fail before insert or update or delete on %I for each statement execute function chaos_fail()', target);
  end loop;
end $$;
