// Judges the WeChat callback server of this project. Put this stage into the Jenkinsfile:
stage('wxcheck') {
    steps {
        // Build the server here. It has to know the Token that stands in wxcheck.toml, and answer at the URL that stands there.
{replace:        // Replace the command behind --start by the one that starts your server.}
        sh {jenkins-command}
    }
    post {
        always {
            junit 'wxcheck-reports/junit.xml'
        }
    }
}
