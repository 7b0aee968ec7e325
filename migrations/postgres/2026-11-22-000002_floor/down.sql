DROP TABLE callbacks;
DROP TABLE wrap_ups;
DROP TABLE presence_reasons;
DROP TABLE dispositions;
DROP TABLE queue_members;
DROP TABLE queues;
DROP TABLE agents;
