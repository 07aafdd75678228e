/*! Figures are drawn by uPlot, Copyright (c) 2025, Leon Sorokin, MIT License. */
import './value-figures.ts';
import './layers.ts';
import './zoom.ts';
import './plot-svg.ts';
import './plot.ts';
import './tables.ts';
