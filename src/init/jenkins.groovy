// Judges the WeChat callback server of this project. Put this stage into the Jenkinsfile:
stage('wxcheck') {
    steps {
        // Build the server here, and give it the Token that stands in wxcheck.toml.
        sh '''wxcheck check --start {start} --wait 60s --report-junit wxcheck-reports/junit.xml'''
    }
    post {
        always {
            junit 'wxcheck-reports/junit.xml'
        }
    }
}
