DROP TABLE customers_apart;
DROP TABLE customer_numbers;
