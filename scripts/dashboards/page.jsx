// A page that renders one view like Dashboard Studio, with the rows in window.VIEWS instead of searches.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { createGlobalStyle } from 'styled-components';
import SplunkThemeProvider from '@splunk/themes/SplunkThemeProvider';
import { DashboardContextProvider } from '@splunk/dashboard-context';
import DashboardCore from '@splunk/dashboard-core';
import EnterpriseViewOnlyPreset from '@splunk/dashboard-presets/EnterpriseViewOnlyPreset';
import TestDataSource from '@splunk/datasources/TestDataSource';

const preset = {
    ...EnterpriseViewOnlyPreset,
    // The time picker asks the server for its presets; without a server, a text replaces it.
    inputs: { ...EnterpriseViewOnlyPreset.inputs, 'input.timerange': EnterpriseViewOnlyPreset.inputs['input.text'] },
    dataSources: { ...EnterpriseViewOnlyPreset.dataSources, 'ds.test': TestDataSource },
};

const Ground = createGlobalStyle`
    body { margin: 0; background: ${({ dark }) => (dark ? '#171a1c' : '#f2f4f5')}; }
`;

function withRows({ definition, rows }) {
    const dataSources = Object.fromEntries(Object.keys(definition.dataSources)
        .map((id) => [id, { type: 'ds.test', name: id, options: { data: rows[id] } }]));
    return { ...definition, defaults: {}, dataSources };
}

const root = createRoot(document.getElementById('root'));

window.show = (name, theme) => {
    // Tokens are kept in the address; remove those of the view before.
    window.history.replaceState(null, '', window.location.pathname);
    root.render(
        <SplunkThemeProvider key={`${name} ${theme}`} family="enterprise" colorScheme={theme} density="comfortable">
            <Ground dark={theme === 'dark'} />
            <DashboardContextProvider preset={preset} initialDefinition={withRows(window.VIEWS[name])}>
                <DashboardCore width="100%" height="auto" />
            </DashboardContextProvider>
        </SplunkThemeProvider>,
    );
};
