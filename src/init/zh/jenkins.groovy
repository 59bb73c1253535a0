// 检查本项目的微信回调服务器。请把这个 stage 放进 Jenkinsfile：
stage('wxcheck') {
    environment {
        WXCHECK_LANG = 'zh'
    }
    steps {
        // 在这里构建服务器。服务器要使用 wxcheck.toml 中的 Token，并在其中的 URL 上响应。
{replace:        // 请把 --start 后面换成启动你的服务器的命令。}
        sh {jenkins-command}
    }
    post {
        always {
            junit 'wxcheck-reports/junit.xml'
        }
    }
}
