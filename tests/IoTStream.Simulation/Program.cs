using IoTStream.Simulation.Log;

// Started by tests, to be killed by them.
switch (args)
{
    case ["write-topic", string directory]:
        TopicProcess.Run(directory);
        return 0;
    default:
        return 1;
}
