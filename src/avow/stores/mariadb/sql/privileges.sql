-- Grants on this database, its tables and columns, to accounts as mysql.user writes them.
SELECT CONCAT(User, '@', Host), '*',
       CONCAT_WS(',', IF(Select_priv = 'Y', 'SELECT', NULL), IF(Insert_priv = 'Y', 'INSERT', NULL),
                 IF(Update_priv = 'Y', 'UPDATE', NULL), IF(Delete_priv = 'Y', 'DELETE', NULL)), ''
FROM mysql.db WHERE DATABASE() LIKE Db
UNION ALL
SELECT CONCAT(User, '@', Host), Table_name, UPPER(Table_priv), '' FROM mysql.tables_priv WHERE Db = DATABASE() AND Table_priv <> ''
UNION ALL
SELECT CONCAT(User, '@', Host), Table_name, UPPER(Column_priv), Column_name FROM mysql.columns_priv WHERE Db = DATABASE()
ORDER BY 1, 2, 4
