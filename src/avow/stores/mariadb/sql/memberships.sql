-- Which account holds which role.
SELECT CONCAT(User, '@', Host), Role FROM mysql.roles_mapping ORDER BY 1, 2
