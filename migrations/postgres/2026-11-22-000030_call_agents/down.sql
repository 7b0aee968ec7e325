DROP TABLE call_agents;
