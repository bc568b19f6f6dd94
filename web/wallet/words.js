// Every word the wallet says, in both languages. Short: what happened, what to do next.

import { makeI18n } from '../i18n.js';

export const en = {
  title: 'Wallet', pay: 'Pay', ride: 'Ride', scan: 'Scan', history: 'History', settings: 'Settings', toContent: 'To the content',
  switchLanguage: '中文', switchLanguageLabel: '切换到中文',

  onlineCode: 'Online code', offlineCode: 'Offline code', noNetwork: 'No network — your code still works',
  barcodeLabel: 'Barcode of your payment code', qrLabel: 'QR of your payment code',
  showDigits: 'Show the digits',
  digitsWarning: 'For the cashier in front of you only. Never read them out or send them.',
  secondsLeft: { one: 'New code in {n} second', other: 'New code in {n} seconds' },
  anotherCode: 'Another code', noOtherCode: 'The next code comes with the next minute.',
  balance: 'Balance', asOf: 'as of {time}', balanceUnknown: 'Known after the next connection',

  paused: 'Codes are paused', pausedText: 'This phone shows no code until you resume.', resume: 'Resume',
  frozen: 'Your bank has frozen this device', frozenText: 'It cannot pay for now. Ask your bank to unfreeze it.',
  revoked: 'This device was removed from your account', revokedText: 'Ask your bank for a new link to set it up again.',
  expired: 'This code needs the internet once', expiredText: 'It has not been online since {time}. Connect once, and it works again.',
  syncSoon: 'Connect to the internet before {time}, so that your code goes on working.',
  missed: { one: 'While you were offline: {n} payment', other: 'While you were offline: {n} payments' },
  dismiss: 'Dismiss',

  paid: 'Paid', notPaid: 'Not paid', rejected: 'You said no', rejectedText: 'Nothing was paid.', done: 'Done',
  confirmTitle: 'Do you want to pay this?', confirmYes: 'Pay', confirmNo: 'Do not pay',
  confirmTimer: 'Time to answer', confirmLeft: { one: '{n} second left', other: '{n} seconds left' },
  confirmFailed: 'Your answer did not reach the server. Try again.',

  historyEmpty: 'No payments yet. They will be listed here by day.',
  historyStored: 'No network: what this phone last knew, {time}.', historyMore: 'Earlier payments',
  status: 'State', refunded: 'Refunded', time: 'Time',
  order: 'Order number', method: 'Paid with', number: 'Payment number', close: 'Close', reason: 'Reason',
  'status.succeeded': 'Paid', 'status.pending': 'Waiting for you', 'status.declined': 'Not paid',
  'status.canceled': 'Canceled', 'status.refunded': 'Refunded', 'status.partially_refunded': 'Partly refunded',
  'method.offline_digits': 'Barcode or digits, offline', 'method.offline_text': 'QR, offline', 'method.online': 'Online code',
  'method.nfc': 'Contactless', 'method.pass': 'Pass', 'method.merchant_qr': "Shop's QR", 'method.authenticator': 'Authenticator',

  deviceName: 'This device', pauseCodes: 'Pause codes', pauseHint: 'Shows no code until you switch it off again.',
  syncNow: 'Sync now', syncing: 'Syncing …', synced: 'Last synced', syncDone: 'Synced', syncBy: 'Works offline until',
  clock: 'Clock', clockRight: 'Agrees with the server', clockOff: "{duration} {direction} the server's, corrected",
  ahead: 'ahead of', behind: 'behind', clockUnknown: 'Not compared yet',
  language: 'Language', perPayment: 'Offline, each payment', perDay: 'Offline, each day',
  confirmAbove: 'Asks you above', remove: 'Remove this device', account: 'Account',
  removeTitle: 'Remove this device?',
  removeText: 'Its keys are erased. Your money stays in your account; to pay with this phone again you need a new link from your bank.',
  removeOffline: 'There is no network: the keys are erased here, but your bank does not hear of it. Tell your bank to remove this device.',
  cancel: 'Cancel', removeYes: 'Remove',

  welcome: 'Set up this phone', welcomeText: 'Open the link from your bank on this phone, or scan its QR.',
  welcomePromise: 'From then on you can pay with this phone, even without network.',
  linkLabel: 'Link from your bank', nameLabel: 'Name of this device', enrol: 'Set up this phone', enrolling: 'Setting up …',
  scanLink: 'Scan the QR', stopScan: 'Stop scanning', scanFailed: 'The camera cannot be used. Paste the link instead.',
  linkBad: 'This is not an enrolment link. Copy the whole link from your bank.',
  linkElsewhere: 'This link belongs to {host}. Open it there.',
  lost: 'This browser has erased the wallet',
  lostText: 'Browsers do that when space runs short or site data is cleared. Your money is safe with your bank. Ask it for a new link; installing the wallet on your home screen prevents this.',
  blocked: 'This browser stores nothing', blockedText: 'Your wallet needs a place for its keys. Leave the private window, or allow site data for this page.',
  insecure: 'This page needs HTTPS', insecureText: 'Keys are only safe on a secure connection. Open the wallet by its https link.',
  replaceTitle: 'This phone already has a wallet', replaceText: 'Setting it up again erases the keys it has now.', replaceYes: 'Set up again', keep: 'Keep it',

  unreachable: 'No connection. Try again when you have network.',
  refusedGeneral: 'The server said no: {detail}',
  'refused.ticket_used': 'This link was already used. Ask your bank for a new one.',
  'refused.ticket_expired': 'This link is too old. Ask your bank for a new one.',
  'refused.ticket_invalid': 'This link is not valid. Ask your bank for a new one.',
  'refused.not_pending': 'This payment was decided already, or its time was over.',
  'refused.overloaded': 'The server is busy. Try again in a moment.',
  'refused.unavailable': 'The server is busy. Try again in a moment.',
  'refused.internal': 'The server failed. Try again in a moment.',
  'refused.device_frozen': 'This device is frozen. Ask your bank.',
  'refused.seal_invalid': 'The answer did not fit this device. Ask your bank for a new link.',
  'declined.insufficient_funds': 'Not enough money. Top up, or pay another way.',
  'declined.limit_per_payment': 'More than one payment may be. Pay another way.',
  'declined.limit_per_day': "Today's limit is reached. Pay another way.",
  'declined.limit_count': "Today's number of payments is reached. Pay another way.",
  'declined.confirmation_rejected': 'You said no. Nothing was paid.',
  'declined.confirmation_timeout': 'No answer in time. Nothing was paid.',
  'declined.needs_network': 'This amount needs your word, and your phone was offline. Go online and try again.',
  'declined.merchant_suspended': 'This shop cannot take payments now.',
  'declined.currency_mismatch': 'The shop takes another currency than yours.',
  'declined.code_used': 'This code was already used. Show a new one.',
  'declined.code_expired': 'This code was too old. Show a new one.',
  'declined.code_invalid': 'This code was not valid. Show a new one.',
  'declined.device_frozen': 'This device is frozen. Ask your bank.',
  'declined.device_expired': 'This phone was offline too long. Connect once, then try again.',
  'declined.code_malformed': 'The shop read no payment code. Show it again.',
  'declined.order_superseded': 'The shop tried again with another code. Nothing was paid with this one.',
  'declined.too_many_attempts': 'Too many wrong codes. Show the QR, not the digits.',
};

export const zh = {
  title: '钱包', pay: '付款', ride: '乘车', scan: '扫一扫', history: '账单', settings: '设置', toContent: '跳到内容',
  switchLanguage: 'EN', switchLanguageLabel: 'Switch to English',

  onlineCode: '在线付款码', offlineCode: '离线付款码', noNetwork: '没有网络，付款码仍可使用',
  barcodeLabel: '付款条形码', qrLabel: '付款二维码',
  showDigits: '查看数字',
  digitsWarning: '仅供面前的收银员使用。切勿念出，也不要发给任何人。',
  secondsLeft: { other: '{n} 秒后更新' },
  anotherCode: '换一个', noOtherCode: '下一分钟会出现新的付款码。',
  balance: '余额', asOf: '截至 {time}', balanceUnknown: '下次联网后显示',

  paused: '付款码已暂停', pausedText: '恢复之前，本机不显示付款码。', resume: '恢复',
  frozen: '银行已冻结此设备', frozenText: '暂时无法付款，请联系银行解冻。',
  revoked: '此设备已从您的账户移除', revokedText: '请向银行索取新的链接重新设置。',
  expired: '需要联网一次', expiredText: '自 {time} 起未联网。联网一次即可恢复使用。',
  syncSoon: '请在 {time} 之前联网，以便付款码继续可用。',
  missed: { other: '离线期间有 {n} 笔付款' },
  dismiss: '知道了',

  paid: '付款成功', notPaid: '未付款', rejected: '您已拒绝', rejectedText: '没有扣款。', done: '完成',
  confirmTitle: '确认付款？', confirmYes: '付款', confirmNo: '不付款',
  confirmTimer: '确认时限', confirmLeft: { other: '剩余 {n} 秒' },
  confirmFailed: '您的选择没有送达，请重试。',

  historyEmpty: '还没有付款。付款后会按日期列在这里。',
  historyStored: '没有网络，显示 {time} 的记录。', historyMore: '更早的付款',
  status: '状态', refunded: '已退款', time: '时间',
  order: '订单号', method: '付款方式', number: '付款编号', close: '关闭', reason: '原因',
  'status.succeeded': '已付款', 'status.pending': '等待您确认', 'status.declined': '未付款',
  'status.canceled': '已撤销', 'status.refunded': '已退款', 'status.partially_refunded': '部分退款',
  'method.offline_digits': '离线条形码或数字', 'method.offline_text': '离线二维码', 'method.online': '在线付款码',
  'method.nfc': '非接触', 'method.pass': '通行证', 'method.merchant_qr': '商户二维码', 'method.authenticator': '验证器',

  deviceName: '本机', pauseCodes: '暂停付款码', pauseHint: '关闭此开关之前不显示付款码。',
  syncNow: '立即同步', syncing: '正在同步…', synced: '上次同步', syncDone: '已同步', syncBy: '可离线使用至',
  clock: '时钟', clockRight: '与服务器一致', clockOff: '比服务器{direction}{duration}，已校正',
  ahead: '快', behind: '慢', clockUnknown: '尚未比较',
  language: '语言', perPayment: '离线单笔上限', perDay: '离线每日上限', confirmAbove: '超过此金额需您确认',
  remove: '移除此设备', account: '账户',
  removeTitle: '移除此设备？',
  removeText: '本机密钥将被清除。您的钱仍在账户里；要再次用本机付款，需要银行提供新的链接。',
  removeOffline: '没有网络：本机密钥会被清除，但银行不会得知。请通知银行移除此设备。',
  cancel: '取消', removeYes: '移除',

  welcome: '设置本机', welcomeText: '请在本机打开银行提供的链接，或扫描其二维码。',
  welcomePromise: '之后即使没有网络，也能用本机付款。',
  linkLabel: '银行提供的链接', nameLabel: '设备名称', enrol: '开始设置', enrolling: '正在设置…',
  scanLink: '扫描二维码', stopScan: '停止扫描', scanFailed: '无法使用摄像头，请粘贴链接。',
  linkBad: '这不是设置链接。请复制银行提供的完整链接。',
  linkElsewhere: '此链接属于 {host}，请在那里打开。',
  lost: '浏览器清除了钱包数据',
  lostText: '存储空间不足或清除网站数据时会这样。您的钱在银行里是安全的。请向银行索取新的链接；把钱包安装到主屏幕可避免此情况。',
  blocked: '此浏览器不保存数据', blockedText: '钱包需要保存密钥。请退出无痕窗口，或允许本页面保存数据。',
  insecure: '此页面需要 HTTPS', insecureText: '只有安全连接才能保护密钥。请通过 https 链接打开钱包。',
  replaceTitle: '本机已有钱包', replaceText: '重新设置会清除现有密钥。', replaceYes: '重新设置', keep: '保留',

  unreachable: '没有连接，请在有网络时重试。',
  refusedGeneral: '服务器拒绝：{detail}',
  'refused.ticket_used': '此链接已使用，请向银行索取新的链接。',
  'refused.ticket_expired': '此链接已过期，请向银行索取新的链接。',
  'refused.ticket_invalid': '此链接无效，请向银行索取新的链接。',
  'refused.not_pending': '此付款已有结果，或已超时。',
  'refused.overloaded': '服务器繁忙，请稍后重试。',
  'refused.unavailable': '服务器繁忙，请稍后重试。',
  'refused.internal': '服务器出错，请稍后重试。',
  'refused.device_frozen': '此设备已冻结，请联系银行。',
  'refused.seal_invalid': '返回的数据与本机不符，请向银行索取新的链接。',
  'declined.insufficient_funds': '余额不足，请充值或换其他方式付款。',
  'declined.limit_per_payment': '超过单笔限额，请换其他方式付款。',
  'declined.limit_per_day': '已达今日限额，请换其他方式付款。',
  'declined.limit_count': '已达今日付款次数，请换其他方式付款。',
  'declined.confirmation_rejected': '您已拒绝，没有扣款。',
  'declined.confirmation_timeout': '超时未确认，没有扣款。',
  'declined.needs_network': '此金额需要您确认，但手机当时没有网络。请联网后重试。',
  'declined.merchant_suspended': '该商户暂时无法收款。',
  'declined.currency_mismatch': '商户收取的货币与您的账户不同。',
  'declined.code_used': '此付款码已使用，请换一个。',
  'declined.code_expired': '此付款码已过期，请换一个。',
  'declined.code_invalid': '此付款码无效，请换一个。',
  'declined.device_frozen': '此设备已冻结，请联系银行。',
  'declined.device_expired': '本机离线太久，请联网一次后重试。',
  'declined.code_malformed': '商户没有读到付款码，请重新出示。',
  'declined.order_superseded': '商户已改用另一个付款码，此码没有扣款。',
  'declined.too_many_attempts': '错误次数过多，请出示二维码而不是数字。',
};

export const i18n = makeI18n({ en, zh });
export const { t, money } = i18n;

/** What to tell about an error of this page or a refusal of the server. */
export function explain(error) {
  if (error.name === 'Unreachable') return t('unreachable');
  const key = `refused.${error.code}`;
  return i18n.has(key) ? t(key) : t('refusedGeneral', { detail: error.message });
}

/** Why a payment was declined and what to do. */
export function explainDecline(payment) {
  const key = `declined.${payment.decline_code}`;
  return i18n.has(key) ? t(key) : t('notPaid');
}
