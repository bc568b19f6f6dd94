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
};

export const zh = {
  rideHold: '将此码对准闸机', rideQR: '乘车二维码', rideNoNetwork: '没有网络，乘车码仍可使用',
  passUntil: '有效期至 {time}',
  noPass: '还没有乘车码', noPassText: '请联网一次：乘车码会自动下发，之后没有网络也能使用。',
  passEnded: '乘车码已到期', passEndedText: '有效期至 {time}。请联网一次，会自动更新。',
  debt: '您有 {amount} 车费未付', debtText: '请充值，车费会自动扣除，之后即可乘车。截至 {time}。',
  rides: '行程', ridesEmpty: '还没有行程。', ridesMore: '更早的行程',
  'ride.open': '行程中', 'ride.debt': '未支付', 'ride.canceled': '已取消', 'ride.free': '免费：已达当日上限',
};

i18n.add({ en, zh });
