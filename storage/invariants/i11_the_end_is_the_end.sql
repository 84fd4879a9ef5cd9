-- I11: no event follows the end of an order.
SELECT later.subject AS subject, later.subject || ' changed in event ' || later.sequence
  || ' after it was ' || ending.target AS detail
FROM events AS ending JOIN events AS later
  ON later.subject_kind = 'ORDER' AND later.subject = ending.subject
  AND later.sequence > ending.sequence
WHERE ending.subject_kind = 'ORDER' AND ending.subject IN (SELECT value FROM json_each(:orders))
  AND ending.target IN ('FILLED', 'CANCELLED', 'REJECTED')
