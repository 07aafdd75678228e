/*! Figures are drawn by uPlot, Copyright (c) 2025, Leon Sorokin, MIT License; coasts are from Natural Earth, public domain, by world-atlas, Copyright 2013-2019 Michael Bostock, ISC License. */
import { App } from './app.ts';

new App(document.body.appendChild(document.createElement('div'))).start();
