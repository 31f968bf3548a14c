return IoTStream.Tool.ToolCommand.Run(args, Console.Out, Console.Error);
