// The words of the tabs that come after the first code is on the screen.

import { i18n } from './words.js';

export const en = {
  rideHold: 'Hold this before the gate', rideQR: 'QR of your ride code', rideNoNetwork: 'No network — your pass still works',
  passUntil: 'Pass good until {time}',
  noPass: 'No pass yet', noPassText: 'Connect to the internet once: the pass comes by itself, and works without network from then on.',
  passEnded: 'Your pass has ended', passEndedText: 'It was good until {time}. Connect to the internet once, and a new one comes by itself.',
  debt: 'You owe {amount} for rides', debtText: 'Top up: it is paid from that, and gates let you through again. As of {time}.',
  rides: 'Rides', ridesEmpty: 'No rides yet.', ridesMore: 'Earlier rides',
  'ride.open': 'On the way', 'ride.debt': 'Not paid yet', 'ride.canceled': 'Canceled', 'ride.free': "Free: the day's most is paid",

  scanTitle: 'Scan and pay', scanHint: "Hold the camera over the shop's QR.", shopCode: 'What the code says', readCode: 'Read it',
  notKept: 'This phone has no room to keep it. Nothing was sent.',
  noCamera: 'The camera cannot be used. Paste what the code says instead.',
  notAShop: "This is not a shop's code of this wallet. Ask for the right one.",
  scanOffline: "No network: a shop's code cannot be paid now. Show your own code instead, on the Pay page.",
  howMuch: 'How much, in {currency}', payAmount: 'Pay {amount}',
  paying: 'Paying …', notAnswered: 'Not known yet whether this was paid',
  notAnsweredText: 'Ask again to find out. If it was not paid it is paid then, and never twice.',
  payAgain: 'Ask again', payLeave: 'Let it be', payLeaveIn: { one: 'Let it be, in {n} second', other: 'Let it be, in {n} seconds' },
  receiptQR: 'QR of the receipt', receiptShow: 'Show this to the till.', receiptOld: 'Too old for a till without network. With network it knows.',
  showReceipt: 'Show the receipt',
  'refused.order_taken': 'This order was paid already, or canceled. Ask the shop.',
  'refused.order_conflict': "The shop's order says another amount. Ask for a new code.",
  'refused.not_found': 'This shop is not known. Nothing was paid.',
  'refused.invalid_request': "This shop's code cannot be paid. Ask for a new one.",
};

export const zh = {
  rideHold: '将此码对准闸机', rideQR: '乘车二维码', rideNoNetwork: '没有网络，乘车码仍可使用',
  passUntil: '有效期至 {time}',
  noPass: '还没有乘车码', noPassText: '请联网一次：乘车码会自动下发，之后没有网络也能使用。',
  passEnded: '乘车码已到期', passEndedText: '有效期至 {time}。请联网一次，会自动更新。',
  debt: '您有 {amount} 车费未付', debtText: '请充值，车费会自动扣除，之后即可乘车。截至 {time}。',
  rides: '行程', ridesEmpty: '还没有行程。', ridesMore: '更早的行程',
  'ride.open': '行程中', 'ride.debt': '未支付', 'ride.canceled': '已取消', 'ride.free': '免费：已达当日上限',

  scanTitle: '扫码付款', scanHint: '将摄像头对准商户二维码。', shopCode: '二维码内容', readCode: '识别',
  notKept: '手机存储失败，没有发送任何内容。',
  noCamera: '无法使用摄像头，请粘贴二维码内容。',
  notAShop: '这不是本钱包的商户码，请向商户索取。',
  scanOffline: '没有网络，暂时无法扫码付款。请改为出示付款码。',
  howMuch: '金额（{currency}）', payAmount: '支付 {amount}',
  paying: '正在支付…', notAnswered: '尚不清楚是否已付款',
  notAnsweredText: '再次询问即可得知。若尚未付款则此时付款，绝不会重复扣款。',
  payAgain: '再次询问', payLeave: '不再处理', payLeaveIn: { other: '{n} 秒后可不再处理' },
  receiptQR: '收据二维码', receiptShow: '请出示给收银台。', receiptOld: '离线收银台不再接受此收据，联网后可查到。',
  showReceipt: '出示收据',
  'refused.order_taken': '此订单已付款或已撤销，请询问商户。',
  'refused.order_conflict': '商户订单的金额不同，请索取新的二维码。',
  'refused.not_found': '找不到此商户，没有扣款。',
  'refused.invalid_request': '无法支付此商户码，请索取新的二维码。',
};

i18n.add({ en, zh });
