/** Chinese, the first language. Plain words, full-width punctuation, no exclamation marks. `en.ts` must have the same shape. */
import { duration } from '../time/words.ts';

export const zh = {
  app: {
    skip: '跳到正文',
    desk: '工作台',
    queue: '队列',
    language: '语言',
    theme: '深色',
    toDark: '改用深色',
    toLight: '改用浅色',
    keys: '全部按键',
    signOut: '退出登录',
    close: '关闭',
    cancel: '不做了',
    retry: '再试',
    more: '更多动作',
    back: '回队列',
    notFound: '没有这个页面，或不在你的管辖范围内。',
    backToQueue: '回到队列',
    scope: '管辖区域：',
    you: '当前账号',
  },
  signin: {
    title: '登录',
    lead: '看得见、派得出、办得完、说得清。',
    account: '账号',
    password: '密码',
    go: '登录',
    going: '正在登录',
    wrong: '账号或密码不对。',
    locked: (minutes: number) => `试错次数过多，账号已锁定，${minutes} 分钟后可再试。`,
    lockedSome: '试错次数过多，账号已暂时锁定，稍后再试。',
    empty: '账号和密码都要填。',
    offline: '连不上服务器，填写的内容还在，可以再试。',
    showPassword: '显示密码',
    hidePassword: '隐藏密码',
    demo: '演示城市的密码在启动时印在终端里。',
  },
  steps: {
    reported: '信息上报',
    filed: '核实立案',
    assigned: '分流交办',
    handled: '跟踪处理',
    answered: '事件反馈',
    evaluated: '考核评价',
  },
  time: {
    left: (ms: number, pace: 'work' | 'round') => `剩 ${duration('zh-CN', ms, pace)}`,
    late: (ms: number) => `超时 ${duration('zh-CN', ms, 'round')}`,
    none: '无时限',
    hold: '挂账',
    holdUntil: (day: string) => `挂账至 ${day}`,
  },
};

export type Messages = typeof zh;
