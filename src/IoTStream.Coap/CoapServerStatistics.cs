namespace IoTStream.Coap;

/// <summary>What a server has done since it was started.</summary>
/// <param name="Received">Datagrams that came.</param>
/// <param name="Sent">Datagrams that went.</param>
/// <param name="Malformed">Datagrams that were no valid messages: answered with a reset if they were confirmable, else with nothing.</param>
/// <param name="Foreign">Datagrams that were no messages of this version at all, answered with nothing.</param>
/// <param name="Duplicates">Messages that had come before.</param>
/// <param name="Repetitions">Messages that were sent again because they were not acknowledged.</param>
/// <param name="Unanswered">Messages that were given up because they were not acknowledged.</param>
/// <param name="Refused">Requests that were answered with 5.03, or passed over, for there was no room for them.</param>
/// <param name="Challenged">Requests whose client was asked to prove that it is where its datagrams say.</param>
/// <param name="Withheld">Messages that were not sent again because somebody else than who asked might get them: their peer has not proved where it is.</param>
/// <param name="Failed">Requests whose handler threw an exception.</param>
/// <param name="ForgottenEarly">Messages that were forgotten before their time to make room: a repetition of them would be taken for a new one.</param>
/// <param name="Remembered">Messages that are remembered now.</param>
/// <param name="Peers">Peers that are remembered now.</param>
public readonly record struct CoapServerStatistics(
    long Received,
    long Sent,
    long Malformed,
    long Foreign,
    long Duplicates,
    long Repetitions,
    long Unanswered,
    long Refused,
    long Challenged,
    long Withheld,
    long Failed,
    long ForgottenEarly,
    int Remembered,
    int Peers);
