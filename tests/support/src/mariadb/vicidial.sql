-- A small VICIdial-like database for tests: the tables and columns that a call orchestrator needs, with VICIdial's names, types, engine
-- (MyISAM) and (latin1) character set, and the rows of osdial.sql. Written for these tests.
-- Facts: VICIdial 2.14 (SVN revision 3884; mirror github.com/ccabrerar/vicidial), extras/MySQL_AST_CREATE_tables.sql; how rows are
-- written: bin/AST_VDremote_agents.pl, bin/AST_VDauto_dial.pl, bin/FastAGI_log.pl, agi/agi-VDAD_ALL_outbound.agi, www/agc/api.php.
-- What differs from OSdial:
--   campaign ids have 8 characters (except for auto calls and statuses of campaigns: 20), and NULL is allowed in most columns;
--   the log has neither server nor call, and its key is the unique id alone;
--   a lead has no custom1, custom2 and external_key; lists have tables of fields of their own, custom_LIST, by entry_list_id;
--   a call is V, nine digits of its time (month without its first digit) and ten of its lead.
-- A TIMESTAMP without a default is written here with the meaning that MySQL before 8 gives to the first one of a table.

DROP DATABASE IF EXISTS vicidial_test;
CREATE DATABASE vicidial_test CHARACTER SET latin1 COLLATE latin1_swedish_ci;
USE vicidial_test;
SET NAMES latin1;

CREATE TABLE vicidial_campaigns (
  campaign_id            varchar(8) NOT NULL PRIMARY KEY,
  campaign_name          varchar(40),
  active                 enum('Y','N'),
  allow_closers          enum('Y','N'),
  hopper_level           int unsigned DEFAULT 1,
  auto_dial_level        varchar(6) DEFAULT '0',
  next_agent_call        varchar(40) DEFAULT 'longest_wait_time',
  dial_timeout           tinyint unsigned DEFAULT 60,
  dial_prefix            varchar(20) DEFAULT '9',
  campaign_cid           varchar(20) DEFAULT '0000000000',
  campaign_vdad_exten    varchar(20) DEFAULT '8368',
  drop_call_seconds      tinyint DEFAULT 5,
  safe_harbor_exten      varchar(20) DEFAULT '8307',
  closer_campaigns       text,
  dial_method            enum('MANUAL','RATIO','ADAPT_HARD_LIMIT','ADAPT_TAPERED','ADAPT_AVERAGE','INBOUND_MAN','SHARED_RATIO') DEFAULT 'MANUAL',
  campaign_description   varchar(255),
  dial_statuses          varchar(255) DEFAULT ' NEW -',
  campaign_allow_inbound enum('Y','N') DEFAULT 'N',
  default_xfer_group     varchar(20) DEFAULT '---NONE---',
  scheduled_callbacks    enum('Y','N') DEFAULT 'N',
  use_internal_dnc       enum('Y','N','AREACODE') DEFAULT 'N',
  use_campaign_dnc       enum('Y','N','AREACODE') DEFAULT 'N',
  use_other_campaign_dnc varchar(8) DEFAULT '',
  callback_days_limit    smallint DEFAULT 0
) ENGINE=MyISAM;

CREATE TABLE vicidial_lists (
  list_id           bigint unsigned NOT NULL PRIMARY KEY,
  list_name         varchar(30),
  campaign_id       varchar(8),
  active            enum('Y','N'),
  list_description  varchar(255),
  list_changedate   datetime,
  list_lastcalldate datetime,
  reset_time        varchar(100) DEFAULT '',
  time_zone_setting varchar(30) DEFAULT 'COUNTRY_AND_AREA_CODE',
  expiration_date   date DEFAULT '2099-12-31',
  local_call_time   varchar(10) NOT NULL DEFAULT 'campaign'
) ENGINE=MyISAM;

CREATE TABLE vicidial_list (
  lead_id                 int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  entry_date              datetime,
  modify_date             timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  status                  varchar(6),
  user                    varchar(20),
  vendor_lead_code        varchar(20),
  source_id               varchar(50),
  list_id                 bigint unsigned NOT NULL DEFAULT 0,
  gmt_offset_now          decimal(4,2) DEFAULT 0.00,
  called_since_last_reset enum('Y','N','Y1','Y2','Y3','Y4','Y5','D') DEFAULT 'N',
  phone_code              varchar(10),
  phone_number            varchar(18) NOT NULL,
  title                   varchar(4),
  first_name              varchar(30),
  middle_initial          varchar(1),
  last_name               varchar(30),
  address1                varchar(100),
  address2                varchar(100),
  address3                varchar(100),
  city                    varchar(50),
  state                   varchar(2),
  province                varchar(50),
  postal_code             varchar(10),
  country_code            varchar(3),
  gender                  enum('M','F','U') DEFAULT 'U',
  date_of_birth           date,
  alt_phone               varchar(12),
  email                   varchar(70),
  security_phrase         varchar(100),
  comments                varchar(255),
  called_count            smallint unsigned DEFAULT 0,
  last_local_call_time    datetime,
  `rank`                  smallint NOT NULL DEFAULT 0,
  owner                   varchar(20) DEFAULT '',
  entry_list_id           bigint unsigned NOT NULL DEFAULT 0,
  KEY phone_number (phone_number),
  KEY list_id (list_id),
  KEY status (status)
) ENGINE=MyISAM;

-- The fields that only the list 1001 has: VICIdial's pages make such a table for each list with fields of its own.
CREATE TABLE custom_1001 (
  lead_id   int unsigned NOT NULL PRIMARY KEY,
  shoe_size varchar(10)
) ENGINE=MyISAM;

CREATE TABLE vicidial_statuses (
  status             varchar(6) NOT NULL PRIMARY KEY,
  status_name        varchar(30),
  selectable         enum('Y','N') DEFAULT 'N',
  human_answered     enum('Y','N') DEFAULT 'N',
  category           varchar(20) DEFAULT 'UNDEFINED',
  sale               enum('Y','N') DEFAULT 'N',
  dnc                enum('Y','N') DEFAULT 'N',
  scheduled_callback enum('Y','N') DEFAULT 'N',
  completed          enum('Y','N') DEFAULT 'N'
) ENGINE=MyISAM;

CREATE TABLE vicidial_campaign_statuses (
  status             varchar(6) NOT NULL,
  status_name        varchar(30),
  selectable         enum('Y','N'),
  campaign_id        varchar(20),
  human_answered     enum('Y','N') DEFAULT 'N',
  category           varchar(20) DEFAULT 'UNDEFINED',
  sale               enum('Y','N') DEFAULT 'N',
  dnc                enum('Y','N') DEFAULT 'N',
  scheduled_callback enum('Y','N') DEFAULT 'N',
  completed          enum('Y','N') DEFAULT 'N',
  KEY campaign_id (campaign_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_users (
  user_id               int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user                  varchar(20) NOT NULL,
  pass                  varchar(100) NOT NULL,
  full_name             varchar(50),
  user_level            tinyint unsigned DEFAULT 1,
  user_group            varchar(20),
  modify_remoteagents   enum('0','1') DEFAULT '0',
  vdc_agent_api_access  enum('0','1') DEFAULT '0',
  active                enum('Y','N') DEFAULT 'Y',
  api_allowed_functions varchar(1000) DEFAULT ' ALL_FUNCTIONS ',
  KEY user (user)
) ENGINE=MyISAM;

CREATE TABLE vicidial_remote_agents (
  remote_agent_id       int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_start            varchar(20),
  number_of_lines       tinyint unsigned DEFAULT 1,
  server_ip             varchar(15) NOT NULL,
  conf_exten            varchar(20),
  status                enum('ACTIVE','INACTIVE') DEFAULT 'INACTIVE',
  campaign_id           varchar(8),
  closer_campaigns      text,
  extension_group       varchar(20) DEFAULT 'NONE',
  extension_group_order varchar(20) DEFAULT 'NONE',
  on_hook_agent         enum('Y','N') DEFAULT 'N',
  on_hook_ring_time     smallint DEFAULT 15
) ENGINE=MyISAM;

CREATE TABLE vicidial_live_agents (
  live_agent_id          int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user                   varchar(20),
  server_ip              varchar(15) NOT NULL,
  conf_exten             varchar(20),
  extension              varchar(100),
  status                 enum('READY','QUEUE','INCALL','PAUSED','CLOSER','MQUEUE') DEFAULT 'PAUSED',
  lead_id                int unsigned NOT NULL,
  campaign_id            varchar(8),
  uniqueid               varchar(20),
  callerid               varchar(20),
  channel                varchar(100),
  random_id              int unsigned,
  last_call_time         datetime,
  last_update_time       timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  last_call_finish       datetime,
  closer_campaigns       text,
  call_server_ip         varchar(15),
  user_level             tinyint unsigned DEFAULT 0,
  comments               varchar(20),
  campaign_weight        tinyint DEFAULT 0,
  calls_today            smallint unsigned DEFAULT 0,
  external_hangup        varchar(1) DEFAULT '',
  external_status        varchar(255) DEFAULT '',
  external_pause         varchar(20) DEFAULT '',
  agent_log_id           int unsigned DEFAULT 0,
  last_state_change      datetime,
  outbound_autodial      enum('Y','N') DEFAULT 'N',
  ra_user                varchar(20) DEFAULT '',
  ra_extension           varchar(100) DEFAULT '',
  on_hook_agent          enum('Y','N') DEFAULT 'N',
  on_hook_ring_time      smallint DEFAULT 15,
  ring_callerid          varchar(20) DEFAULT '',
  last_inbound_call_time datetime,
  KEY random_id (random_id),
  KEY last_update_time (last_update_time)
) ENGINE=MyISAM;

CREATE TABLE vicidial_auto_calls (
  auto_call_id     int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  server_ip        varchar(15) NOT NULL,
  campaign_id      varchar(20),
  status           enum('SENT','RINGING','LIVE','XFER','PAUSED','CLOSER','BUSY','DISCONNECT','IVR') DEFAULT 'PAUSED',
  lead_id          int unsigned NOT NULL,
  uniqueid         varchar(20),
  callerid         varchar(20),
  channel          varchar(100),
  phone_code       varchar(10),
  phone_number     varchar(18),
  call_time        datetime,
  call_type        enum('IN','OUT','OUTBALANCE') DEFAULT 'OUT',
  stage            varchar(20) DEFAULT 'START',
  last_update_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  alt_dial         varchar(6) DEFAULT 'NONE',
  queue_priority   tinyint DEFAULT 0,
  queue_position   smallint unsigned DEFAULT 1,
  KEY uniqueid (uniqueid),
  KEY callerid (callerid)
) ENGINE=MyISAM;

CREATE TABLE vicidial_log (
  uniqueid      varchar(20) NOT NULL PRIMARY KEY,
  lead_id       int unsigned NOT NULL,
  list_id       bigint unsigned,
  campaign_id   varchar(8),
  call_date     datetime,
  start_epoch   int unsigned,
  end_epoch     int unsigned,
  length_in_sec int,
  status        varchar(6),
  phone_code    varchar(10),
  phone_number  varchar(18),
  user          varchar(20),
  comments      varchar(255),
  processed     enum('Y','N'),
  user_group    varchar(20),
  term_reason   enum('CALLER','AGENT','QUEUETIMEOUT','ABANDON','AFTERHOURS','NONE','SYSTEM') DEFAULT 'NONE',
  alt_dial      varchar(6) DEFAULT 'NONE',
  called_count  smallint unsigned DEFAULT 0,
  KEY lead_id (lead_id),
  KEY call_date (call_date)
) ENGINE=MyISAM;

-- Calls of inbound groups, also those that were passed on to one.
CREATE TABLE vicidial_closer_log (
  closecallid   int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  lead_id       int unsigned NOT NULL,
  campaign_id   varchar(20),
  start_epoch   int unsigned,
  end_epoch     int unsigned,
  status        varchar(6),
  user          varchar(20),
  uniqueid      varchar(20) NOT NULL DEFAULT '',
  KEY lead_id (lead_id),
  KEY uniqueid (uniqueid)
) ENGINE=MyISAM;

CREATE TABLE call_log (
  uniqueid      varchar(20) NOT NULL PRIMARY KEY,
  channel       varchar(100),
  channel_group varchar(30),
  type          varchar(10),
  server_ip     varchar(15),
  extension     varchar(100),
  number_dialed varchar(15),
  caller_code   varchar(20),
  start_time    datetime,
  start_epoch   int,
  end_time      datetime,
  end_epoch     int,
  length_in_sec int,
  length_in_min double(8,2),
  KEY caller_code (caller_code)
) ENGINE=MyISAM;

-- Call backs and the do-not-call list: a status alone is not enough for either.
CREATE TABLE vicidial_callbacks (
  callback_id   int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  lead_id       int unsigned,
  list_id       bigint unsigned,
  campaign_id   varchar(8),
  status        varchar(10),
  entry_time    datetime,
  callback_time datetime,
  user          varchar(20),
  recipient     enum('USERONLY','ANYONE'),
  comments      varchar(255),
  user_group    varchar(20),
  lead_status   varchar(6) DEFAULT 'CALLBK',
  KEY lead_id (lead_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_dnc (
  phone_number varchar(18) NOT NULL PRIMARY KEY
) ENGINE=MyISAM;

CREATE TABLE vicidial_campaign_dnc (
  phone_number varchar(18) NOT NULL,
  campaign_id  varchar(8) NOT NULL,
  UNIQUE KEY phonecamp (phone_number, campaign_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_dnc_log (
  phone_number varchar(18) NOT NULL,
  campaign_id  varchar(8) NOT NULL,
  action       enum('add','delete') DEFAULT 'add',
  action_date  datetime NOT NULL,
  user         varchar(20) DEFAULT '',
  KEY phone_number (phone_number)
) ENGINE=MyISAM CHARSET=utf8;

-- seed: the rows of osdial.sql, whose texts are explained there -----------------
INSERT INTO vicidial_campaigns (campaign_id, campaign_name, active, dial_method, auto_dial_level, campaign_cid, campaign_description) VALUES
  ('TEST1', 'Test campaign one', 'Y', 'RATIO', '1', '4930123456', 'answered by AI agents'),
  ('TEST2', x'52C3BC636B727566', 'N', 'MANUAL', '0', '4930123457', x'4B756E64656E20E28093207ACC88');

UPDATE vicidial_campaigns SET scheduled_callbacks='Y', use_internal_dnc='Y';

INSERT INTO vicidial_lists (list_id, list_name, campaign_id, active) VALUES
  (1001, 'Leads one', 'TEST1', 'Y'), (1002, 'Leads two', 'TEST2', 'N');

INSERT INTO vicidial_list (lead_id, entry_date, status, list_id, phone_code, phone_number, first_name, last_name, city, comments) VALUES
  (1, '2024-01-02 03:04:05', 'NEW', 1001, '1', '2025550101', 'Ann', 'Ascii', 'Springfield', 'plain ASCII'),
  (2, '2024-01-02 03:04:05', 'NEW', 1001, '49', '30901820', x'4AC3BC7267656E', x'4DC3BC6C6C6572', x'4BC3B66C6E', 'A: UTF-8 bytes in latin1'),
  (3, '2024-01-02 03:04:05', 'NEW', 1001, '49', '30901821', x'4AFC7267656E', x'4DFC6C6C6572', x'4BF66C6E', 'B: real latin1'),
  (4, '2024-01-02 03:04:05', 'NEW', 1001, '49', '30901822', x'4AC383C2BC7267656E', x'4DC383C2BC6C6C6572', x'4BC383C2B66C6E', 'C: encoded twice'),
  (5, '2024-01-02 03:04:05', 'NEW', 1002, '34', '911230000', x'C3816E67656C', x'C39D', x'4DC3A16C616761', x'C29D20E2809D'),
  (6, '2024-01-02 03:04:05', 'NEW', 1002, '81', '312345678', x'E5B1B1E794B0', x'61E5A4AAE9838EE5A4AAE9838EE5A4AAE9838EE5A4AAE9838EE5A4AAE983', x'F09F9880', 'E: long, emoji'),
  (7, '2024-01-02 03:04:05', 'NEW', 1002, '48', '221234567', '?ukasz', 'Wo?niak', '', 'F: lost'),
  (8, '2024-01-02 03:04:05', 'NEW', 1002, '49', '30901823', x'C28020C29378C294', 'Quote', '', 'G: C1 controls'),
  (9, '2024-01-02 03:04:05', 'NEW', 1002, '49', '30901824', x'C383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383', 'Cut', '', 'H: encoded twice, cut');

INSERT INTO vicidial_statuses (status, status_name, selectable, human_answered, category) VALUES
  ('NEW','New Lead','N','N','SYSTEM'), ('QUEUE','Lead To Be Called','N','N','SYSTEM'),
  ('INCALL','Lead Being Called','N','N','SYSTEM'), ('DROP','Agent Not Available','N','Y','SYSTEM'),
  ('XFER','Call Transferred','N','Y','SYSTEM'), ('NA','No Answer AutoDial','N','N','NOCONTACT'),
  ('AB','Busy Auto','N','N','NOCONTACT'), ('A','Answering Machine','Y','N','NOCONTACT'),
  ('B','Busy','Y','N','NOCONTACT'), ('DC','Disconnected Number','Y','N','NOCONTACT'),
  ('CALLBK','Call Back','Y','Y','CONTACT'), ('DNC','DO NOT CALL','Y','Y','DNC'),
  ('NI','Not Interested','Y','Y','CONTACT'), ('SALE','Sale Made','Y','Y','SALE'),
  ('CRC','Carrier Congestion','N','Y','SYSTEM');
INSERT INTO vicidial_campaign_statuses (status, status_name, selectable, campaign_id, human_answered, category) VALUES
  ('AIOK', 'AI: finished', 'Y', 'TEST1', 'Y', 'CONTACT'),
  ('AIXFER', x'41493A20C3BC626572676562656E', 'Y', 'TEST1', 'Y', 'CONTACT');

UPDATE vicidial_statuses SET dnc='Y' WHERE status='DNC';
INSERT INTO vicidial_users (user, pass, full_name, user_level, user_group, vdc_agent_api_access) VALUES
  ('6666','secret','Administrator',9,'ADMIN','1'), ('1001','secret','AI line one',7,'REMOTE','0'),
  ('1002','secret','AI line two',7,'REMOTE','0'), ('1010','secret',x'4B492D4167656E74C3BC72',7,'REMOTE','0'),
  ('2001','secret','Human One',1,'AGENTS','0');

-- the first user of the last one is not a number: we never touch it
INSERT INTO vicidial_remote_agents (user_start, number_of_lines, server_ip, conf_exten, status, campaign_id, closer_campaigns) VALUES
  ('1001', 2, '127.0.0.1', '8801', 'ACTIVE',   'TEST1', ' -'),
  ('1010', 3, '127.0.0.1', '8802', 'INACTIVE', 'TEST2', ' -'),
  ('1020', 1, '127.0.0.2', '8801', 'INACTIVE', 'TEST1', NULL),
  ('vaTEST1001', 1, '127.0.0.1', '87000001', 'ACTIVE', 'TEST1', ' -');

INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, campaign_id, uniqueid, callerid, channel, random_id, last_call_time, last_call_finish, user_level, comments, ra_user, outbound_autodial, last_update_time) VALUES
  ('1001','127.0.0.1','8801','R/1001','READY',0,'TEST1','','','',10000001,NOW(),NOW(),7,'REMOTE','1001','Y',NOW()+INTERVAL 60 SECOND),
  ('1002','127.0.0.1','8801','R/1002','INCALL',2,'TEST1','1400000000.12','V1020304050000000002','SIP/trunk-00000001',10000002,NOW(),NOW(),7,'REMOTE','1001','Y',NOW()+INTERVAL 60 SECOND),
  ('vaTEST1001','127.0.0.1','87000001','R/vaTEST1001','READY',0,'TEST1','','','',10000004,NOW(),NOW(),7,'REMOTE','vaTEST1001','Y',NOW()+INTERVAL 60 SECOND),
  ('2001','127.0.0.1','8600051','SIP/2001','PAUSED',0,'TEST1',NULL,NULL,NULL,10000003,NOW(),NOW(),1,'','','N',NOW());
UPDATE vicidial_live_agents SET call_server_ip='127.0.0.1', last_update_time=NOW()+INTERVAL 60 SECOND WHERE user='1002';

INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel, phone_code, phone_number, call_time, stage) VALUES
  ('127.0.0.1','TEST1','XFER',2,'1400000000.12','V1020304050000000002','SIP/trunk-00000001','49','30901820',NOW(),'XFER-0');
INSERT INTO vicidial_log (uniqueid, lead_id, list_id, campaign_id, call_date, start_epoch, status, phone_code, phone_number, user, comments, processed) VALUES
  ('1400000000.12',2,1001,'TEST1',NOW(),UNIX_TIMESTAMP(),'XFER','49','30901820','1002','REMOTE','N');
