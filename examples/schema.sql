-- The tables of the examples, as a migration would make them.

create table users (
  id uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  email varchar(255) not null constraint uq_users_email unique,
  hashed_password varchar(255) not null,
  full_name varchar(255),
  is_active boolean not null default true
);

create table products (
  id uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  name varchar(255) not null constraint uq_products_name unique,
  category text not null,
  price double precision not null
);

create table orders (
  id uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  is_deleted boolean not null default false,
  deleted_at timestamptz,
  user_id uuid not null references users (id),
  note text not null,
  constraint ck_orders_soft_delete check (is_deleted = (deleted_at is not null))
);

create table exercises (
  id uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  name text not null,
  parent_id uuid references exercises (id)
);

create view customers (id, email, orders, last_at) as
  select users.id, users.email, count(orders.id), max(orders.created_at)
  from users join orders on orders.user_id = users.id and not orders.is_deleted
  group by users.id;
