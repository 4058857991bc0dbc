/** What the vectors' fingerprint does not look at: a line for each fact, with an empty search path. */
export const MORE_FACTS = `
with ns as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
rel as (select c.*, nspname from pg_class c join ns on ns.oid = relnamespace)
select 'comment of ' || pg_describe_object(classoid, objoid, objsubid) || ': ' || description
from pg_description where objoid >= 16384
union all
select 'default privileges ' || defaclrole::regrole || ' ' || coalesce(defaclnamespace::regnamespace::text, '') || ' '
  || defaclobjtype::text || ' ' || defaclacl::text
from pg_default_acl
union all
select 'type ' || typname || ' in ' || nspname || ' ' || coalesce(typacl::text, '')
from pg_type t join ns on ns.oid = typnamespace where typtype in ('c', 'd', 'e', 'r') and typacl is not null
union all
select 'event trigger ' || evtname || ' ' || evtenabled::text || ' ' || coalesce(evttags::text, '') from pg_event_trigger
union all
select 'rule ' || rulename || ' on ' || ev_class::regclass || ' ' || ev_enabled::text
from pg_rewrite where ev_class in (select oid from rel)
union all
select 'column ' || attrelid::regclass || '.' || attname || ' ' || attcompression::text || ' ' || coalesce(attoptions::text, '')
from pg_attribute where attrelid in (select oid from rel where relkind in ('r', 'p', 'm')) and attnum > 0 and not attisdropped
union all
select 'access ' || oid::regclass || ' ' || relam || ' ' || reltablespace from rel where relkind in ('r', 'm')
union all
select 'toast of ' || rel.oid::regclass || ' ' || toast.reloptions::text
from rel join pg_class toast on toast.oid = rel.reltoastrelid where toast.reloptions is not null
union all
select 'statistics ' || stxname || ' ' || stxstattarget from pg_statistic_ext
union all
select 'aggregate ' || aggfnoid::regprocedure || ' ' || aggtransfn || ' ' || aggfinalfn || ' ' || aggcombinefn || ' '
  || aggtranstype::regtype || ' ' || coalesce(agginitval, '')
from pg_aggregate where aggfnoid::oid >= 16384
union all
select 'range ' || rngtypid::regtype || ' ' || rngmultitypid::regtype || ' ' || rngsubopc || ' ' || rngsubdiff || ' ' || rngcollation
from pg_range where rngtypid >= 16384
union all
select 'domain constraint ' || contypid::regtype || ' ' || conname || ' ' || convalidated from pg_constraint where contypid >= 16384
union all
select 'cast ' || castsource::regtype || ' ' || casttarget::regtype || ' ' || castcontext::text from pg_cast where oid >= 16384
union all
select 'operator ' || oid::regoperator || ' ' || oprcode from pg_operator where oid >= 16384`;
