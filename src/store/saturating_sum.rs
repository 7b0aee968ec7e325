//! Sums of numbers that may be large. PostgreSQL and SQLite each fail the whole query if a sum exceeds a BIGINT.

/// SQL for the sum of a column of numbers that are 0 or more; 0 without rows, and the largest number if the sum would exceed it. It adds the millions
/// and the rest of each number separately, so neither sum can be too large. In PostgreSQL a sum of BIGINTs is a NUMERIC, which SQLite does not have.
pub(super) fn saturating_sum(column: &str) -> String {
    let millions = format!("SUM({column} / 1000000)");
    let rest = format!("SUM({column} % 1000000)");
    format!(
        "CAST(COALESCE(CASE WHEN {millions} + {rest} / 1000000 >= {} THEN {} ELSE {millions} * 1000000 + {rest} END, 0) AS BIGINT)",
        i64::MAX / 1_000_000,
        i64::MAX,
    )
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;

    use super::*;

    #[test]
    fn a_sum_is_exact_up_to_the_largest_number() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        for (costs, sum) in [
            (Vec::<i64>::new(), 0),
            (vec![5_000_000, 999_999, 1], 6_000_000),
            (vec![9_223_372_036_853_000_000, 999_999], 9_223_372_036_853_999_999),
            (vec![i64::MAX], i64::MAX),
            (vec![i64::MAX; 900], i64::MAX),
        ] {
            connection
                .batch_execute("DROP TABLE IF EXISTS costs; CREATE TABLE costs (micros BIGINT)")
                .unwrap();
            for cost in costs {
                connection.batch_execute(&format!("INSERT INTO costs VALUES ({cost})")).unwrap();
            }
            let query = format!("(SELECT {} FROM costs)", saturating_sum("micros"));
            let summed: i64 = diesel::select(sql::<BigInt>(&query)).get_result(&mut connection).unwrap();
            assert_eq!(summed, sum);
        }
    }
}
