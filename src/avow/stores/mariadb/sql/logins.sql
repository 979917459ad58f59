-- Every account: may it log in, and does it stand above grants? SUPER and global writes reach every table.
SELECT CONCAT(User, '@', Host), COALESCE(is_role, 'N') <> 'Y', Super_priv = 'Y', Create_user_priv = 'Y',
       CONCAT_WS(',', IF(Select_priv = 'Y', 'SELECT', NULL), IF(Insert_priv = 'Y', 'INSERT', NULL),
                 IF(Update_priv = 'Y', 'UPDATE', NULL), IF(Delete_priv = 'Y', 'DELETE', NULL))
FROM mysql.user
ORDER BY 1
